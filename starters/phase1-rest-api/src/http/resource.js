/** Mounts the handlers of one path by verb: `resource(router, '/tasks', { get: listTasks })`. */
export function resource(router, path, handlers) {
  const route = router.route(path);
  for (const [verb, handler] of Object.entries(handlers)) route[verb](handler);
  // TODO(crud): add `route.all(...)`: any other verb is 405 with the verbs of `handlers` in `Allow`.
}
