import express from 'express';
import { readPage, sendPage } from '../../http/page.js';
import { resource } from '../../http/resource.js';
import { pathId, validate } from '../../http/validate.js';
import { adminOnly } from '../auth/guard.js';
import { userSorts } from './queries.js';
import { changes, creation, ownChanges } from './schema.js';

export function userRoutes({ users }) {
  const router = express.Router();
  resource(router, '/users/me', {
    get: async (req, res) => res.json(await users.get(req.user.id)),
    patch: async (req, res) => res.json(await users.update(req.user.id, validate(ownChanges, req.body))),
  });
  resource(router, '/users', {
    get: [adminOnly, async (req, res) => {
      const page = readPage(req, userSorts);
      sendPage(req, res, page, await users.list(page));
    }],
    post: [adminOnly, async (req, res) => {
      const user = await users.create(validate(creation, req.body));
      res.status(201).set('Location', `/api/v1/users/${user.id}`).json(user);
    }],
  });
  resource(router, '/users/:id', {
    get: [adminOnly, async (req, res) => res.json(await users.get(pathId(req)))],
    patch: [adminOnly, async (req, res) => res.json(await users.update(pathId(req), validate(changes, req.body)))],
    delete: [adminOnly, async (req, res) => {
      await users.remove(pathId(req));
      res.status(204).end();
    }],
  });
  return router;
}
