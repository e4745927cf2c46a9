import express from 'express';
import { Problem } from '../../http/problem.js';
import { resource } from '../../http/resource.js';

const READY_WITHIN_MS = 2_000;

export function healthRoutes({ db }) {
  const router = express.Router();
  resource(router, '/healthz', { get: (req, res) => res.json({ status: 'ok' }) });
  resource(router, '/readyz', {
    get: async (req, res) => {
      if (!(await answers(db))) throw new Problem(503, 'The database is not usable.');
      res.json({ status: 'ready' });
    },
  });
  return router;
}

/** Asks for a table, not for `1`: a database without the schema is not usable either. */
async function answers(db) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, READY_WITHIN_MS, false); });
  const answer = db.query('SELECT 1 FROM users LIMIT 1').then(() => true, () => false);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
