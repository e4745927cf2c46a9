import express from 'express';

export function realtimeRoutes({ io }) {
  const router = express.Router();
  // TODO(⭐ sockets): `GET /realtime/stats`, for admins only.
  return router;
}
