@IMPORTS@

const routes = {
  '/healthz': () => ({ status: 200, body: { status: 'ok' } }),
@ROUTES_JS@
};

/** What a request is answered with: a status, and a body for JSON. */
export function answer(method, target) {
  const url = URL.parse(target, 'http://app');
  if (!url) return { status: 400, body: { title: 'Bad request' } };
  if (!Object.hasOwn(routes, url.pathname)) return { status: 404, body: { title: 'Not found' } };
  if (method !== 'GET') return { status: 405, body: { title: 'Method not allowed' } };
  return routes[url.pathname](url.searchParams);
}
