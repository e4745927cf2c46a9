import express from 'express';
import { todo } from '../../http/problem.js';
import { resource } from '../../http/resource.js';

export function taskRoutes({ tasks }) {
  const router = express.Router();
  resource(router, '/projects/:id/tasks', {
    // TODO(crud): the tasks of one project, with the filters below.
    get: () => { throw todo('crud'); },
    // TODO(crud): 201 and Location; an unknown project is 404, an assignee who is no member 422.
    post: () => { throw todo('crud'); },
  });
  resource(router, '/tasks', {
    // TODO(crud): filters status, priority, assigneeId (or `me`), projectId, q.
    // TODO(roles): tasks of visible projects only, whatever the filters say.
    get: () => { throw todo('crud'); },
  });
  resource(router, '/tasks/:id', {
    get: () => { throw todo('crud'); },
    // TODO(crud): the given fields only; a default belongs to creating, not to changing. `projectId` never changes.
    patch: () => { throw todo('crud'); },
    // TODO(roles): the owner of the project or an admin.
    delete: () => { throw todo('crud'); },
  });
  return router;
}
