import { Problem } from '../problem.js';

export async function healthRoutes(app, { db }) {
  app.get('/healthz', async () => ({ status: 'alive' }));

  app.get('/readyz', async (request) => {
    try {
      await db.raw('select 1').timeout(2000);
    } catch (error) {
      request.log.warn(error);
      throw new Problem(503, { detail: 'The database does not answer.' });
    }
    return { status: 'ready' };
  });
}
