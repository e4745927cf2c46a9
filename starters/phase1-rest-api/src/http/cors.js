const ALLOWED = {
  'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-Match, X-Request-Id',
  'Access-Control-Max-Age': '600',
};
const EXPOSED = 'ETag, Link, Location, Retry-After, X-Request-Id';

/** Lets the listed origins read answers. No credentials: tokens travel in a header, not in cookies. */
export function cors(origins) {
  return (req, res, next) => {
    res.vary('Origin');
    const origin = req.get('Origin');
    if (!origins.includes(origin)) return next();
    res.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED });
    const preflight = req.method === 'OPTIONS' && req.get('Access-Control-Request-Method');
    return preflight ? res.set(ALLOWED).status(204).end() : next();
  };
}
