import express from 'express';
import { todo } from '../../http/problem.js';
import { resource } from '../../http/resource.js';

export function publicAuthRoutes({ auth, users }) {
  const router = express.Router();
  resource(router, '/auth/register', {
    // TODO(jwt): validate, create the user, 201 with the user and no password in any form. The role is always `user`.
    post: () => { throw todo('jwt'); },
  });
  resource(router, '/auth/login', {
    // TODO(jwt): validate that e-mail and password are texts, 200 with what `auth.login` gives.
    post: () => { throw todo('jwt'); },
  });
  resource(router, '/auth/refresh', {
    // TODO(⭐ jwt): a live refresh token gives a new pair and is dead from then on.
    post: () => { throw todo('jwt'); },
  });
  return router;
}

export function privateAuthRoutes({ auth }) {
  const router = express.Router();
  resource(router, '/auth/logout', {
    // TODO(⭐ jwt): kill the refresh token in the body, 204.
    post: () => { throw todo('jwt'); },
  });
  return router;
}
