import { Problem } from './problem.js';
import { remember } from './route.js';

/** Mounts the handlers of one path by verb; any other verb gets 405 and the list of what is allowed. */
export function resource(router, path, handlers) {
  const route = router.route(path);
  route.all(remember(path));
  for (const [verb, handler] of Object.entries(handlers)) route[verb](handler);
  const allow = allowed(Object.keys(handlers));
  route.all((req, res) => {
    if (req.method !== 'OPTIONS') throw new Problem(405, undefined, { headers: { Allow: allow } });
    res.set('Allow', allow).status(204).end();
  });
}

function allowed(verbs) {
  const names = verbs.map((verb) => verb.toUpperCase());
  return [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}
