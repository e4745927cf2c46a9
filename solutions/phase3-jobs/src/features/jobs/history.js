/** What the worker writes down of each try, for everybody to read. */
export function createHistory({ db }) {
  return {
    /** Begins a try and returns its number. One left open belongs to a worker that is gone. */
    begin: (jobId) => db.transaction(async (tx) => {
      // The row is the lock: two workers never begin the same try.
      await tx.query("UPDATE jobs SET state = 'active' WHERE id = $1", [jobId]);
      await tx.query(`UPDATE job_attempts SET status = 'failed', error = 'the worker ended', finished_at = clock_timestamp()
        WHERE job_id = $1 AND finished_at IS NULL`, [jobId]);
      const { rows } = await tx.query(`INSERT INTO job_attempts (job_id, attempt)
        SELECT $1, coalesce(max(attempt), 0) + 1 FROM job_attempts WHERE job_id = $1 RETURNING attempt`, [jobId]);
      return rows[0].attempt;
    }),

    completed: (jobId, attempt) => end(jobId, attempt, 'completed', null, 'completed'),

    /** Ends a try that failed; `last` if there will be no other. */
    failed: (jobId, attempt, error, last) => end(jobId, attempt, 'failed', error, last ? 'failed' : 'delayed'),
  };

  function end(jobId, attempt, status, error, state) {
    return db.transaction(async (tx) => {
      await tx.query(`UPDATE jobs SET state = $2, failed_reason = $3,
        finished_at = CASE WHEN $4 THEN clock_timestamp() END WHERE id = $1`,
      [jobId, state, state === 'failed' ? error : null, state !== 'delayed']);
      await tx.query(`UPDATE job_attempts SET status = $3, error = $4, finished_at = clock_timestamp()
        WHERE job_id = $1 AND attempt = $2`, [jobId, attempt, status, error]);
    });
  }
}
