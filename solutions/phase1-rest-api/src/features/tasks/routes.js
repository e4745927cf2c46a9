import express from 'express';
import { withETag } from '../../http/etag.js';
import { readPage, sendPage } from '../../http/page.js';
import { resource } from '../../http/resource.js';
import { pathId, validate } from '../../http/validate.js';
import { changes, creation, filters } from './schema.js';
import { taskSorts } from './sorts.js';

export function taskRoutes({ tasks }) {
  const router = express.Router();
  resource(router, '/projects/:id/tasks', {
    get: async (req, res) => {
      const page = readPage(req, taskSorts, filters);
      sendPage(req, res, page, await tasks.listOf(req.user, pathId(req), page));
    },
    post: async (req, res) => {
      // Read after the access check: who may not see a project learns nothing about its rules.
      const task = await tasks.create(req.user, pathId(req), () => validate(creation, req.body));
      withETag(res.status(201).set('Location', `/api/v1/tasks/${task.id}`), task).json(task);
    },
  });
  resource(router, '/tasks', {
    get: async (req, res) => {
      const page = readPage(req, taskSorts, filters);
      sendPage(req, res, page, await tasks.list(req.user, page));
    },
  });
  resource(router, '/tasks/:id', {
    get: async (req, res) => {
      const task = await tasks.get(req.user, pathId(req));
      withETag(res, task).json(task);
    },
    patch: async (req, res) => {
      const given = () => validate(changes, req.body);
      const task = await tasks.update(req.user, pathId(req), given, req.get('If-Match'));
      withETag(res, task).json(task);
    },
    delete: async (req, res) => {
      await tasks.remove(req.user, pathId(req), req.get('If-Match'));
      res.status(204).end();
    },
  });
  return router;
}
