import { Gauge } from 'prom-client';

const ASK_QUEUE_WITHIN_MS = 500;
const STATES = ['waiting', 'delayed', 'active', 'completed', 'failed'];

/** Tells how many clients are connected and how many jobs are in which state, asked whenever metrics are read. */
export function reportStates(registry, { io, queue, log }) {
  new Gauge({
    name: 'socketio_connected_clients', help: 'Clients connected by socket.io.', registers: [registry],
    collect() { this.set(io.of('/').sockets.size); },
  });
  new Gauge({
    name: 'queue_depth', help: 'Jobs of a queue by state.', labelNames: ['queue', 'state'], registers: [registry],
    async collect() {
      const counts = await withinTime(queue.getJobCounts(...STATES)).catch((error) => {
        log.warn('queue depth unknown', { error: error.message });
        return {};
      });
      // What nobody knows now is left out: an old number would look like a true one.
      this.reset();
      for (const [state, count] of Object.entries(counts)) this.set({ queue: queue.name, state }, count);
    },
  });
}

/** A queue waits out an outage of Redis; whoever reads metrics must not. */
function withinTime(answer) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(reject, ASK_QUEUE_WITHIN_MS, new Error('Redis does not answer'));
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
