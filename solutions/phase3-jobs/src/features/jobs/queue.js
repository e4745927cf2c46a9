import { Queue } from 'bullmq';

export const QUEUE = 'email';
export const JOB = 'task-assigned';

const RECONNECT_AFTER_MS = 500;
const KEPT_S = 24 * 3600;

/** How everybody connects: waiting out any outage of Redis, however long, and back soon after it. */
export const connection = ({ REDIS_URL }) => ({
  url: REDIS_URL,
  maxRetriesPerRequest: null,
  retryStrategy: () => RECONNECT_AFTER_MS,
});

/** The side of the queue that adds jobs. */
export function createQueue({ config, log }) {
  const queue = new Queue(QUEUE, {
    prefix: 'bull',
    connection: connection(config),
    defaultJobOptions: {
      attempts: config.JOB_ATTEMPTS,
      backoff: { type: 'exponential', delay: config.JOB_BACKOFF_MS },
      removeOnComplete: { age: KEPT_S },
      removeOnFail: { age: KEPT_S },
    },
  });
  // Without a listener Node ends the process when Redis goes away.
  queue.on('error', (error) => log.warn('redis', { error: error.message }));
  return queue;
}
