import { configOrExit } from './config.js';
import { createDatabase } from './db/pool.js';
import { jobConfigOrExit } from './features/jobs/config.js';
import { createHistory } from './features/jobs/history.js';
import { startWorker } from './features/jobs/work.js';
import { createMailer } from './features/mail/mailer.js';
import { tellAssignee } from './features/mail/task-assigned.js';
import { createLog } from './log.js';

const STOP_WITHIN_MS = 12_000;

const { LOG_LEVEL, ...database } = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL']);
const config = jobConfigOrExit();
const log = createLog(LOG_LEVEL);
const db = createDatabase(database, log);
const send = tellAssignee({ db, mailer: createMailer(config), log });
const worker = startWorker({ config, history: createHistory({ db }), send, log });
log.info('working');

let stopping = false;
async function stop(signal) {
  if (stopping) return;
  stopping = true;
  log.info('stopping', { signal });
  // What is not done by then is taken over by another worker.
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
  await worker.close();
  await db.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
