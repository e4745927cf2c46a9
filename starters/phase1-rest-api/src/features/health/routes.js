import express from 'express';
import { todo } from '../../http/problem.js';
import { resource } from '../../http/resource.js';

export function healthRoutes({ db }) {
  const router = express.Router();
  resource(router, '/healthz', { get: (req, res) => res.json({ status: 'ok' }) });
  resource(router, '/readyz', {
    get: () => {
      // TODO(models): 200 when `db` answers a query within a second or two, else 503.
      throw todo('models');
    },
  });
  return router;
}
