import express from 'express';

/** `GET /metrics`; mount it beside `/healthz`, before anybody asks for a token. */
export function metricsRoutes({ registry }) {
  const router = express.Router();
  // TODO(metrics): answer with `await registry.metrics()`, as `registry.contentType`.
  return router;
}
