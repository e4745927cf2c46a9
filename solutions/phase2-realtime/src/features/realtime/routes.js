import express from 'express';
import { resource } from '../../http/resource.js';
import { adminOnly } from '../auth/guard.js';

export function realtimeRoutes({ io }) {
  const router = express.Router();
  resource(router, '/realtime/stats', {
    get: [adminOnly, (req, res) => res.json({ connections: io.of('/').sockets.size })],
  });
  return router;
}
