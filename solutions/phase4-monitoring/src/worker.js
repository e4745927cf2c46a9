import { configOrExit } from './config.js';
import { createDatabase } from './db/pool.js';
import { jobConfigOrExit } from './features/jobs/config.js';
import { createHistory } from './features/jobs/history.js';
import { startWorker } from './features/jobs/work.js';
import { createMailer } from './features/mail/mailer.js';
import { tellAssignee } from './features/mail/task-assigned.js';
import { metricsPortOrExit } from './features/metrics/config.js';
import { measureJobs } from './features/metrics/jobs.js';
import { createRegistry } from './features/metrics/registry.js';
import { serveMetrics } from './features/metrics/server.js';
import { createLog } from './log.js';

const STOP_WITHIN_MS = 12_000;

const { LOG_LEVEL, HOST, ...database } = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL', 'HOST']);
const config = jobConfigOrExit();
const port = metricsPortOrExit();
const log = createLog(LOG_LEVEL, 'worker');
const db = createDatabase(database, log);
const send = tellAssignee({ db, mailer: createMailer(config), log });
const worker = startWorker({ config, history: createHistory({ db }), send, log });
const registry = createRegistry();
measureJobs(registry, worker);
const metrics = serveMetrics({ registry, port, host: HOST, log });
log.info('working');

let stopping = false;
async function stop(signal) {
  if (stopping) return;
  stopping = true;
  log.info('stopping', { signal });
  // What is not done by then is taken over by another worker.
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  await worker.close();
  metrics.close();
  await db.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
