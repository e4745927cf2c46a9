import express from 'express';
import { todo } from '../../http/problem.js';
import { resource } from '../../http/resource.js';

export function projectRoutes({ projects }) {
  const router = express.Router();
  resource(router, '/projects', {
    // TODO(crud): a list. TODO(roles): the projects one is a member of; an admin sees all.
    get: () => { throw todo('crud'); },
    // TODO(crud): 201 and Location. The owner is who asks, not who the body says.
    post: () => { throw todo('crud'); },
  });
  resource(router, '/projects/:id', {
    get: () => { throw todo('crud'); },
    patch: () => { throw todo('crud'); },
    delete: () => { throw todo('crud'); },
  });
  resource(router, '/projects/:id/members/:userId', {
    // TODO(roles): 204, also when they are a member already; an unknown user is 404.
    put: () => { throw todo('roles'); },
    // TODO(roles): owner, admin or the member themselves; their tasks of the project become unassigned.
    delete: () => { throw todo('roles'); },
  });
  return router;
}
