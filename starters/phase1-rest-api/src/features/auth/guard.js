import { todo } from '../../http/problem.js';

/** Lets a request pass with a valid access token only, and sets `req.user` to `{ id, role }`. */
export function guard({ auth }) {
  return async (req, res, next) => {
    // TODO(jwt): take the token from `Authorization: Bearer ...`, ask `auth.userOf`, else throw `unauthorized()`.
    throw todo('jwt');
  };
}

export function adminOnly(req, res, next) {
  // TODO(roles): throw `forbidden()` unless the user is an admin.
  throw todo('roles');
}
