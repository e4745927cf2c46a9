import express from 'express';

export function jobRoutes({ db, queue }) {
  const router = express.Router();
  // TODO(retries): `GET /jobs`, `GET /jobs/:id`, for admins only.
  // TODO(⭐ retries): `GET /jobs/stats` (before `/jobs/:id`), `POST /jobs/:id/retry`.
  return router;
}
