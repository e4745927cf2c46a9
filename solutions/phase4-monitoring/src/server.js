import { createServer } from 'node:http';
import { createApp } from './app.js';
import { configOrExit } from './config.js';
import { createDatabase } from './db/pool.js';
import { jobConfigOrExit } from './features/jobs/config.js';
import { createQueue } from './features/jobs/queue.js';
import { createRelay } from './features/jobs/relay.js';
import { keepFirstAdmin } from './features/users/first-admin.js';
import { createLog } from './log.js';

const STOP_WITHIN_MS = 8_000;

const config = { ...configOrExit(), ...jobConfigOrExit() };
const log = createLog(config.LOG_LEVEL);
const db = createDatabase(config, log);
const queue = createQueue({ config, log });
const relay = createRelay({ db, queue, log });
// The app needs the server for its sockets, and socket.io a server that already has its listener.
const server = createServer((req, res) => app(req, res));
const ending = new AbortController();
const app = createApp({ config, db, log, server, ending: ending.signal, relay, queue });

// Before listening: whoever sees the service answer may log in as the admin at once.
const stopAdmin = await keepFirstAdmin({ db, config, log });
server.on('error', (error) => {
  log.error('cannot listen', { error: error.message });
  process.exit(1);
});
server.listen(config.PORT, config.HOST, () => log.info('listening', server.address()));

let stopping = false;
async function stop(signal) {
  if (stopping) return;
  stopping = true;
  log.info('stopping', { signal });
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  stopAdmin();
  ending.abort();
  await drained(server);
  relay.stop();
  await queue.close();
  await db.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

/** Takes no new connections and resolves once each request in flight has its answer. */
function drained(server) {
  // A keep-alive connection that just got its last answer becomes idle and must not hold the exit.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  return new Promise((resolve) => server.close(resolve)).finally(() => clearInterval(sweep));
}
