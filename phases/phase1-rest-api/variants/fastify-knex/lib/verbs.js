/** Note each route as it is added; the answer says which verbs the path of a URL has, or null. */
export function knownVerbs(app) {
  const verbsOf = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    const verbs = verbsOf.get(url) ?? new Set();
    [method].flat().forEach((verb) => verbs.add(verb));
    verbsOf.set(url, verbs);
  });
  return (url) => {
    const parts = url.split('?')[0].split('/');
    // Routes with the most fixed words first: /users/me before /users/:id.
    const routes = [...verbsOf.keys()].filter((route) => fits(route.split('/'), parts));
    const [best] = routes.sort((a, b) => a.split(':').length - b.split(':').length);
    return best ? [...verbsOf.get(best)].join(', ') : null;
  };
}

function fits(route, parts) {
  return route.length === parts.length && route.every((word, i) => word === parts[i] || (word[0] === ':' && parts[i]));
}
