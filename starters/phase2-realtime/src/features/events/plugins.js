/** Hands the bus to each module of EVENT_PLUGINS, a comma-separated list of paths. */
export function loadPlugins(bus, list = '') {
  // TODO(events): `createRequire(import.meta.url)` of node:module gives a `require` that loads CommonJS by its path.
}
