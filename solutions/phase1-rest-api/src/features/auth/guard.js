import { forbidden, unauthorized } from '../../http/problem.js';

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Lets a request pass with a valid access token only, and sets `req.user` to `{ id, role }`. */
export function guard({ auth }) {
  return async (req, res, next) => {
    const token = BEARER.exec(req.get('Authorization') ?? '')?.[1];
    req.user = token && (await auth.userOf(token));
    if (!req.user) throw unauthorized('Send a valid access token.');
    next();
  };
}

export function adminOnly(req, res, next) {
  if (req.user.role !== 'admin') throw forbidden('Only an admin may do this.');
  next();
}
