/** Counts what becomes of the tries of a BullMQ worker. */
export function measureJobs(registry, worker) {
  // TODO(metrics): a `Counter` jobs_total with the labels queue and outcome; completed, failed and retried begin at 0.
  // TODO(metrics): `worker.on('completed', …)` and `worker.on('failed', …)`; a job that failed for good has a
  // `finishedOn`, any other will be tried again.
}
