import { Counter, Histogram } from 'prom-client';

const OUTCOMES = ['completed', 'failed', 'retried'];
const BUCKETS_S = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** Counts what becomes of every try of a BullMQ worker, and times the tries. */
export function measureJobs(registry, worker) {
  const queue = worker.name;
  const total = new Counter({
    name: 'jobs_total', help: 'Tries of jobs by what became of the job.', labelNames: ['queue', 'outcome'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'job_duration_seconds', help: 'Time of one try of a job.', labelNames: ['queue'], buckets: BUCKETS_S,
    registers: [registry],
  });
  // From 0: a counter that begins with its first failure hides that failure from rate().
  for (const outcome of OUTCOMES) total.inc({ queue, outcome }, 0);

  const ended = (job, outcome) => {
    total.inc({ queue, outcome });
    if (job?.processedOn) duration.observe({ queue }, (Date.now() - job.processedOn) / 1000);
  };
  worker.on('completed', (job) => ended(job, 'completed'));
  // A job that has ended for good has a time at which it did; one without will be tried again.
  worker.on('failed', (job) => ended(job, job?.finishedOn ? 'failed' : 'retried'));
}
