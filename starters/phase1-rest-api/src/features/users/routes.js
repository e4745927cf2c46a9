import express from 'express';
import { todo } from '../../http/problem.js';
import { resource } from '../../http/resource.js';

export function userRoutes({ users }) {
  const router = express.Router();
  // Before `/users/:id`, which would take `me` for an id.
  resource(router, '/users/me', {
    // TODO(jwt): the user who asks.
    get: () => { throw todo('jwt'); },
    // TODO(crud): name, email, password; never the role.
    patch: () => { throw todo('crud'); },
  });
  // TODO(roles): all of the following for admins only: `[adminOnly, handler]`.
  resource(router, '/users', {
    // TODO(crud): a list.
    get: () => { throw todo('crud'); },
    // TODO(crud): like register, with a role; 201 and Location.
    post: () => { throw todo('crud'); },
  });
  resource(router, '/users/:id', {
    get: () => { throw todo('crud'); },
    // TODO(crud): name, email, password, role.
    patch: () => { throw todo('crud'); },
    // TODO(models): 409 while the user owns projects; their tasks become unassigned.
    delete: () => { throw todo('crud'); },
  });
  return router;
}
