import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one process, those of Node itself (memory, event loop, garbage) among them. */
export function createRegistry() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
