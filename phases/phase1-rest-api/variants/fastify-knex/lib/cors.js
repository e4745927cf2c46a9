const ALLOW = {
  'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-Match, X-Request-Id',
  'Access-Control-Max-Age': '600',
};
const EXPOSE = 'ETag, Link, Location, Retry-After, X-Request-Id';

/** Let pages of these origins read the answers, and ask beforehand. */
export function answerCors(app, origins) {
  if (origins.length === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('Vary', 'Origin');
    if (!origins.includes(request.headers.origin)) return;
    reply.headers({ 'Access-Control-Allow-Origin': request.headers.origin, 'Access-Control-Expose-Headers': EXPOSE });
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method']) {
      return reply.code(204).headers(ALLOW).send();
    }
  });
}
