import express from 'express';
import { resource } from '../../http/resource.js';

/** `GET /metrics` in Prometheus' own text. */
export function metricsRoutes({ registry }) {
  const router = express.Router();
  resource(router, '/metrics', {
    get: async (req, res) => {
      res.set('Content-Type', registry.contentType).end(await registry.metrics());
    },
  });
  return router;
}
