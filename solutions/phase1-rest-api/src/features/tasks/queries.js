import { onConstraint } from '../../db/constraint.js';
import { invalid, notFound } from '../../http/problem.js';

const COLUMNS = `t.id, t.project_id AS "projectId", t.title, t.description, t.status, t.priority,
  t.assignee_id AS "assigneeId", t.due_date AS "dueDate", t.version,
  t.created_at AS "createdAt", t.updated_at AS "updatedAt"`;

export const taskColumns = {
  title: 'title',
  description: 'description',
  status: 'status',
  priority: 'priority',
  assigneeId: 'assignee_id',
  dueDate: 'due_date',
};

export async function findTask(q, id) {
  return (await q.query(`SELECT ${COLUMNS} FROM tasks t WHERE t.id = $1`, [id])).rows[0];
}

export async function lockTask(q, id) {
  return (await q.query(`SELECT ${COLUMNS} FROM tasks t WHERE t.id = $1 FOR UPDATE`, [id])).rows[0];
}

export async function listTasks(q, { sql, values }) {
  return (await q.query(`SELECT ${COLUMNS} FROM tasks t ${sql}`, values)).rows;
}

export async function insertTask(q, projectId, task) {
  const insert = q.query(
    `INSERT INTO tasks AS t (project_id, title, description, status, priority, assignee_id, due_date)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
    [projectId, task.title, task.description, task.status, task.priority, task.assigneeId, task.dueDate],
  );
  return (await consistent(insert)).rows[0];
}

/** Writes the given columns only, so that changes of other fields at the same moment stay. */
export async function updateTask(q, id, set) {
  const update = q.query(
    `UPDATE tasks AS t SET ${set.sql}, version = version + 1, updated_at = clock_timestamp()
     WHERE t.id = ${set.next} RETURNING ${COLUMNS}`,
    [...set.values, id],
  );
  return (await consistent(update)).rows[0];
}

export const deleteTask = (q, id) => q.query('DELETE FROM tasks WHERE id = $1', [id]);

const consistent = (query) => onConstraint(query, {
  tasks_assignee_is_member: () => invalid([{ path: 'assigneeId', message: 'must be a member of the project' }]),
  tasks_project: () => notFound('There is no such project.'),
});
