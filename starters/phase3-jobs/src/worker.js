import { configOrExit } from './config.js';
import { createDatabase } from './db/pool.js';
import { jobConfigOrExit } from './features/jobs/config.js';
import { createLog } from './log.js';

const { LOG_LEVEL, ...database } = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL']);
const config = jobConfigOrExit();
const log = createLog(LOG_LEVEL);
const db = createDatabase(database, log);

// TODO(email-job): a `Worker` of bullmq on the queue of ./features/jobs/queue.js: for each job read task, project and
// assignee from `db`, and send the mail of ./features/mail/task-assigned.js.
// TODO(queue): `config.WORKER_CONCURRENCY`; `config.JOB_LOCK_MS` for both of BullMQ's settings about dead workers; an
// `error` listener, without which this process ends when Redis goes away.
// TODO(retries): write down each try (a table of yours) and log one line for it; 5yz is not tried again.
log.warn('the worker does nothing yet');
const idle = setInterval(() => {}, 60_000);

async function stop() {
  clearInterval(idle);
  // TODO(⭐ queue): close the worker first, which finishes what it has in hand.
  await db.close();
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
