import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { answerCors } from './cors.js';
import { isAway } from './database.js';
import { parseJson } from './json.js';
import { Problem, notFound, sendProblem } from './problem.js';
import { authRoutes } from './routes/auth.js';
import { healthRoutes } from './routes/health.js';
import { projectRoutes } from './routes/projects.js';
import { taskRoutes } from './routes/tasks.js';
import { userRoutes } from './routes/users.js';
import { requireUser } from './identity.js';
import { Tokens } from './tokens.js';
import { knownVerbs } from './verbs.js';

export function buildApp(settings, db) {
  const app = Fastify({
    logger: { level: settings.logLevel },
    bodyLimit: settings.bodyLimit,
    routerOptions: { maxParamLength: 4000 },
    genReqId: requestId,
    frameworkErrors: (error, request, reply) => sendProblem(reply.header('X-Request-Id', request.id), asProblem(error)),
    clientErrorHandler: refuseBrokenHttp,
  });
  const tokens = new Tokens(settings);
  const context = { db, settings, tokens };
  const allowFor = knownVerbs(app);

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request, body) => parseJson(body));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'X-Request-Id': request.id, 'Cache-Control': 'no-store' });
  });
  hangUpWhenClosing(app);
  answerCors(app, settings.origins);
  app.setErrorHandler((error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status >= 500) request.log.error(error);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request) => {
    const allow = allowFor(request.url);
    throw allow ? new Problem(405, { headers: { Allow: allow } }) : notFound();
  });

  app.register(healthRoutes, context);
  app.register(
    async (api) => {
      api.register(authRoutes, context);
      api.register(async (guarded) => {
        requireUser(guarded, context);
        guarded.register(userRoutes, context);
        guarded.register(projectRoutes, context);
        guarded.register(taskRoutes, context);
      });
    },
    { prefix: '/api/v1' },
  );
  return app;
}

function requestId(request) {
  const own = request.headers['x-request-id'];
  return /^[A-Za-z0-9._-]{1,64}$/.test(own ?? '') ? own : randomUUID();
}

/** Let no kept-alive connection hold a server that closes, once its answer is out. */
function hangUpWhenClosing(app) {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('Connection', 'close');
  });
}

function asProblem(error) {
  if (error instanceof Problem) return error;
  if (isAway(error)) return new Problem(503);
  const fromClient = error.statusCode >= 400 && error.statusCode < 500;
  return new Problem(fromClient ? error.statusCode : 500);
}

/** Answer what is not even HTTP; there is no request yet, so this is written by hand. */
function refuseBrokenHttp(error, socket) {
  if (!socket.writable) return;
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const [status, title] = tooLarge ? [431, 'Request Header Fields Too Large'] : [400, 'Bad Request'];
  const body = JSON.stringify({ type: 'about:blank', title, status });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nX-Request-Id: ${randomUUID()}\r\nConnection: close\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
