import express from 'express';
import { privateAuthRoutes, publicAuthRoutes } from './features/auth/routes.js';
import { createAuth } from './features/auth/service.js';
import { healthRoutes } from './features/health/routes.js';
import { projectRoutes } from './features/projects/routes.js';
import { createProjects } from './features/projects/service.js';
import { taskRoutes } from './features/tasks/routes.js';
import { createTasks } from './features/tasks/service.js';
import { userRoutes } from './features/users/routes.js';
import { createUsers } from './features/users/service.js';
import { cors } from './http/cors.js';
import { errorHandler, noSuchRoute } from './http/errors.js';
import { requestId } from './http/request-id.js';
import { requestLog } from './http/request-log.js';

/** The composition root: every feature is made and mounted here and nowhere else. */
export function createApp({ config, db, log }) {
  const auth = createAuth({ db, config });
  const users = createUsers({ db });
  const projects = createProjects({ db });
  const tasks = createTasks({ db });

  const api = express.Router();
  // TODO(jwt): make `const body = jsonBody(config.BODY_LIMIT)` and hand it to the public routes.
  api.use(publicAuthRoutes({ auth, users }));
  // TODO(jwt): `api.use(guard({ auth }), body)` here: below this line nothing may be public.
  api.use(privateAuthRoutes({ auth }));
  api.use(userRoutes({ users }));
  api.use(projectRoutes({ projects }));
  api.use(taskRoutes({ tasks }));

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestId, requestLog(log), cors(config.CORS_ORIGINS));
  app.use(healthRoutes({ db }));
  app.use('/api/v1', api);
  app.use(noSuchRoute, errorHandler(log));
  return app;
}
