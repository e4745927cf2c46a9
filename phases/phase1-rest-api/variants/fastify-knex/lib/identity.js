import { forbidden, notFound, unauthorized } from './problem.js';
import { findUser } from './store/users.js';

/** Let only users in: `request.user` is read from the database, so a new role or a deletion counts at once. */
export function requireUser(scope, { db, tokens }) {
  scope.decorateRequest('user', null);
  scope.addHook('onRequest', async (request) => {
    const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!token) throw unauthorized('An access token is needed.');
    const id = await tokens.verify(token);
    request.user = id && (await findUser(db, id));
    if (!request.user) throw unauthorized('The access token is not valid.');
  });
}

/** To all others, what is for admins does not exist. */
export async function adminsOnly(request) {
  if (request.user.role !== 'admin') throw notFound();
}

export function ownersOnly(user, project) {
  if (user.role !== 'admin' && user.id !== project.owner_id) throw forbidden();
}
