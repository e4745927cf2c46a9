import express from 'express';
import { resource } from '../../http/resource.js';
import { validate } from '../../http/validate.js';
import { registration } from '../users/schema.js';
import { credentials, refreshBody } from './schema.js';

export function publicAuthRoutes({ auth, users, body }) {
  const router = express.Router();
  resource(router, '/auth/register', {
    post: [body, async (req, res) => {
      const user = await users.create(validate(registration, req.body));
      res.status(201).set('Location', '/api/v1/users/me').json(user);
    }],
  });
  resource(router, '/auth/login', {
    post: [body, async (req, res) => sendPair(res, await auth.login(validate(credentials, req.body)))],
  });
  resource(router, '/auth/refresh', {
    post: [body, async (req, res) => sendPair(res, await auth.refresh(validate(refreshBody, req.body)))],
  });
  return router;
}

export function privateAuthRoutes({ auth }) {
  const router = express.Router();
  resource(router, '/auth/logout', {
    post: async (req, res) => {
      await auth.logout(req.user.id, validate(refreshBody, req.body));
      res.status(204).end();
    },
  });
  return router;
}

const sendPair = (res, pair) => res.set('Cache-Control', 'no-store').json(pair);
