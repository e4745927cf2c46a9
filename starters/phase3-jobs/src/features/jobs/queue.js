/** The side of the queue that adds jobs; the worker needs the same name, prefix and connection. */
export function createQueue({ config, log }) {
  // TODO(queue): `new Queue('email', { prefix: 'bull', connection })` of bullmq, `connection` being `config.REDIS_URL`
  // and how long to wait for a Redis that is away; with an `error` listener.
  // TODO(retries): `defaultJobOptions`: attempts, backoff, and that jobs which ended are kept.
  return { add: async () => {}, close: async () => {} };
}
