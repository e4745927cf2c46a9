import { Registry } from 'prom-client';

/** The metrics of one process: `metrics()` is their text, `contentType` its type. */
export function createRegistry() {
  const registry = new Registry();
  // TODO(metrics): `collectDefaultMetrics({ register: registry })` of prom-client tells of memory, among others.
  return registry;
}
