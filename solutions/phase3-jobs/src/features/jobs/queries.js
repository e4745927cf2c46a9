import { z } from 'zod';

const COLUMNS = `j.id, 'email' AS queue, 'task-assigned' AS name, j.state, j.max_attempts AS "maxAttempts",
  json_build_object('taskId', j.task_id, 'assigneeId', j.assignee_id) AS data,
  j.failed_reason AS "failedReason", j.created_at AS "createdAt", j.finished_at AS "finishedAt"`;

export const jobSorts = {
  createdAt: { field: 'createdAt', value: z.iso.datetime(), column: 'j.created_at', type: 'timestamptz' },
};

export const insert = (q, { taskId, assigneeId, maxAttempts }) =>
  q.query('INSERT INTO jobs (task_id, assignee_id, max_attempts) VALUES ($1, $2, $3)', [taskId, assigneeId, maxAttempts]);

/** Those that Redis does not know of, with what it is to be told. */
export async function unqueued(q) {
  const { rows } = await q.query(
    `SELECT id, json_build_object('taskId', task_id, 'assigneeId', assignee_id, 'eventId', event_id) AS data
     FROM jobs WHERE NOT queued ORDER BY created_at LIMIT 100`);
  return rows;
}

export const markQueued = (q, id) => q.query('UPDATE jobs SET queued = true WHERE id = $1', [id]);

export async function list(q, { sql, values }) {
  const { rows } = await q.query(`SELECT ${COLUMNS} FROM jobs j ${sql}`, values);
  return withAttempts(q, rows);
}

export async function find(q, id) {
  const { rows } = await q.query(`SELECT ${COLUMNS} FROM jobs j WHERE j.id = $1`, [id]);
  return (await withAttempts(q, rows))[0];
}

async function withAttempts(q, rows) {
  const { rows: attempts } = await q.query(
    `SELECT job_id AS "jobId", attempt, status, error, started_at AS "startedAt", finished_at AS "finishedAt"
     FROM job_attempts WHERE job_id = ANY($1::uuid[]) ORDER BY attempt`, [rows.map(({ id }) => id)]);
  return rows.map((job) => {
    const own = attempts.filter(({ jobId }) => jobId === job.id).map(({ jobId, ...attempt }) => attempt);
    return { ...job, attemptsMade: own.length, attempts: own };
  });
}

export async function countByState(q) {
  const { rows } = await q.query('SELECT state, count(*)::integer AS count FROM jobs GROUP BY state');
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** Puts a failed job back; false if there is none of that id that failed. */
export async function reopen(q, id) {
  const { rowCount } = await q.query(
    `UPDATE jobs SET state = 'waiting', queued = false, failed_reason = NULL, finished_at = NULL
     WHERE id = $1 AND state = 'failed'`, [id]);
  return rowCount > 0;
}
