import express from 'express';
import { withETag } from '../../http/etag.js';
import { readPage, sendPage } from '../../http/page.js';
import { resource } from '../../http/resource.js';
import { pathId, validate } from '../../http/validate.js';
import { projectSorts } from './queries.js';
import { changes, creation } from './schema.js';

export function projectRoutes({ projects }) {
  const router = express.Router();
  resource(router, '/projects', {
    get: async (req, res) => {
      const page = readPage(req, projectSorts);
      sendPage(req, res, page, await projects.list(req.user, page));
    },
    post: async (req, res) => {
      const project = await projects.create(req.user, validate(creation, req.body));
      withETag(res.status(201).set('Location', `/api/v1/projects/${project.id}`), project).json(project);
    },
  });
  resource(router, '/projects/:id', {
    get: async (req, res) => {
      const project = await projects.get(req.user, pathId(req));
      withETag(res, project).json(project);
    },
    patch: async (req, res) => {
      // Read after the access check: who may not see a project learns nothing about its rules.
      const given = () => validate(changes, req.body);
      const project = await projects.update(req.user, pathId(req), given, req.get('If-Match'));
      withETag(res, project).json(project);
    },
    delete: async (req, res) => {
      await projects.remove(req.user, pathId(req), req.get('If-Match'));
      res.status(204).end();
    },
  });
  resource(router, '/projects/:id/members/:userId', {
    put: async (req, res) => {
      await projects.addMember(req.user, pathId(req), pathId(req, 'userId'));
      res.status(204).end();
    },
    delete: async (req, res) => {
      await projects.removeMember(req.user, pathId(req), pathId(req, 'userId'));
      res.status(204).end();
    },
  });
  return router;
}
