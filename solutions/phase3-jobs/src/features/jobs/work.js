import { UnrecoverableError, Worker } from 'bullmq';
import { connection, QUEUE } from './queue.js';

const TAKE_OVERS = 10;

/** Starts to work on the queue; `close` of what is returned waits for the jobs at hand. */
export function startWorker({ config, history, send, log }) {
  const worker = new Worker(QUEUE, (job) => attempt(job, { history, send, log }), {
    prefix: 'bull',
    connection: connection(config),
    concurrency: config.WORKER_CONCURRENCY,
    lockDuration: config.JOB_LOCK_MS,
    // As often as a lock can run out: else a dead worker's job waits for half a minute, whatever the lock says.
    stalledInterval: config.JOB_LOCK_MS,
    // BullMQ's own 1 would fail a job for its second dead worker, through no fault of the mail.
    maxStalledCount: TAKE_OVERS,
  });
  worker.on('error', (error) => log.warn('redis', { error: error.message }));
  return worker;
}

/** One try: begun, done, and written down, with one line in the log. */
async function attempt(job, { history, send, log }) {
  const number = await history.begin(job.id);
  const fields = { jobId: job.id, attempt: number };
  try {
    await send(job);
  } catch (error) {
    const permanent = isPermanent(error);
    const last = permanent || job.attemptsMade + 1 >= job.opts.attempts;
    log.warn('job', { ...fields, status: 'failed', error: error.message });
    await history.failed(job.id, number, error.message, last);
    throw permanent ? new UnrecoverableError(error.message) : error;
  }
  log.info('job', { ...fields, status: 'completed' });
  // The mail is out: a failure from here on must not send it again.
  await history.completed(job.id, number)
    .catch((error) => log.error('job not written down', { jobId: job.id, error: error.message }));
}

/** What the mail server refuses with 5yz it will refuse for ever; all else may get better. */
const isPermanent = ({ responseCode }) => responseCode >= 500 && responseCode < 600;
