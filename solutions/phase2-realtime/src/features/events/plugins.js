import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(import.meta.url);

/** Hands the bus to each module of EVENT_PLUGINS, a comma-separated list of paths; throws for one that is none. */
export function loadPlugins(bus, list = '') {
  const paths = list.split(',').map((path) => path.trim()).filter(Boolean);
  for (const path of paths) plugin(path)(bus);
}

function plugin(path) {
  let module;
  try {
    module = require(resolve(path));
  } catch (error) {
    throw new Error(`EVENT_PLUGINS: ${path} cannot be loaded: ${error.message}`, { cause: error });
  }
  const enter = module.default ?? module;
  if (typeof enter !== 'function') throw new Error(`EVENT_PLUGINS: ${path} exports no function`);
  return enter;
}
