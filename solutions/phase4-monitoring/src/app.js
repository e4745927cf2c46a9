import express from 'express';
import { guard } from './features/auth/guard.js';
import { privateAuthRoutes, publicAuthRoutes } from './features/auth/routes.js';
import { createAuth } from './features/auth/service.js';
import { Bus } from './features/events/bus.js';
import { loadPlugins } from './features/events/plugins.js';
import { createTaskEvents } from './features/events/task-events.js';
import { healthRoutes } from './features/health/routes.js';
import { createAssignments } from './features/jobs/assignments.js';
import { jobRoutes } from './features/jobs/routes.js';
import { createRegistry } from './features/metrics/registry.js';
import { measureRequests } from './features/metrics/requests.js';
import { metricsRoutes } from './features/metrics/routes.js';
import { reportStates } from './features/metrics/states.js';
import { projectRoutes } from './features/projects/routes.js';
import { createProjects } from './features/projects/service.js';
import { broadcast } from './features/realtime/broadcast.js';
import { realtimeRoutes } from './features/realtime/routes.js';
import { createSockets } from './features/realtime/sockets.js';
import { taskRoutes } from './features/tasks/routes.js';
import { createTasks } from './features/tasks/service.js';
import { userRoutes } from './features/users/routes.js';
import { createUsers } from './features/users/service.js';
import { cors } from './http/cors.js';
import { errorHandler, noSuchRoute } from './http/errors.js';
import { jsonBody } from './http/json-body.js';
import { requestId } from './http/request-id.js';
import { requestLog } from './http/request-log.js';

/**
 * The composition root: every feature is made and mounted here and nowhere else.
 * Sockets are served on `server`, until `ending` is aborted. `relay` brings jobs to `queue`.
 */
export function createApp({ config, db, log, server, ending, relay, queue }) {
  const bus = new Bus({ log });
  const auth = createAuth({ db, config });
  const users = createUsers({ db });
  const projects = createProjects({ db });
  const assignments = createAssignments({ config, relay });
  const tasks = createTasks({ db, events: createTaskEvents({ bus }), assignments });
  const io = createSockets({ server, ending, config, auth, projects, log });
  const registry = createRegistry();
  reportStates(registry, { io, queue, log });
  broadcast(bus, { io, db, log });
  // Last: plugins come after the app's own listeners.
  loadPlugins(bus, process.env.EVENT_PLUGINS);
  const body = jsonBody(config.BODY_LIMIT);

  const api = express.Router();
  api.use(publicAuthRoutes({ auth, users, body }));
  // Below this line nothing is public, and nobody's body is read before their token.
  api.use(guard({ auth }), body);
  api.use(privateAuthRoutes({ auth }));
  api.use(userRoutes({ users }));
  api.use(projectRoutes({ projects }));
  api.use(taskRoutes({ tasks }));
  api.use(realtimeRoutes({ io }));
  api.use(jobRoutes({ db, relay }));

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestId, requestLog(log), measureRequests(registry), cors(config.CORS_ORIGINS));
  app.use(healthRoutes({ db }), metricsRoutes({ registry }));
  app.use('/api/v1', api);
  app.use(noSuchRoute, errorHandler(log));
  return app;
}
