import { broke } from '../database.js';
import { invalid, notFound, stale } from '../problem.js';
import { projectsOf } from './projects.js';

/** The tasks of the projects that a user may see. */
export function visibleTasks(db, user) {
  const rows = db('tasks').select('tasks.*');
  return user.role === 'admin' ? rows : rows.whereIn('tasks.project_id', projectsOf(db, user.id));
}

/** The task, or 404 to whoever may not see it. */
export async function findTask(db, user, id) {
  const row = id && (await visibleTasks(db, user).where('tasks.id', id).first());
  if (!row) throw notFound();
  return row;
}

export function filterTasks(rows, user, { q, assigneeId, status, priority, projectId }) {
  if (q !== undefined) rows.whereRaw('strpos(tasks.title_lower, ?) > 0', [q.toLowerCase()]);
  if (assigneeId) rows.where('tasks.assignee_id', assigneeId === 'me' ? user.id : assigneeId);
  if (status) rows.where('tasks.status', status);
  if (priority) rows.where('tasks.priority', priority);
  if (projectId) rows.where('tasks.project_id', projectId);
  return rows;
}

export async function createTask(db, projectId, fields) {
  const defaults = { description: '', status: 'todo', priority: 'medium' };
  try {
    const [row] = await db('tasks')
      .insert({ ...defaults, ...searchable(fields), project_id: projectId })
      .returning('*');
    return row;
  } catch (error) {
    throw explained(error);
  }
}

/** Change the named columns in one statement, so that what others change at once is kept. */
export async function changeTask(db, id, changes, versions) {
  const one = db('tasks').where({ id });
  if (versions) one.whereIn('version', versions);
  try {
    const [row] = await one
      .update({ ...searchable(changes), version: db.raw('version + 1'), updated_at: db.raw('clock_timestamp()') })
      .returning('*');
    return row ?? (await whyNot(db, id));
  } catch (error) {
    throw explained(error);
  }
}

export async function deleteTask(db, id, versions) {
  const one = db('tasks').where({ id });
  if (versions) one.whereIn('version', versions);
  if (!(await one.del())) await whyNot(db, id);
}

async function whyNot(db, id) {
  throw (await db('tasks').where({ id }).first()) ? stale() : notFound();
}

function searchable(fields) {
  return fields.title === undefined ? fields : { ...fields, title_lower: fields.title.toLowerCase() };
}

function explained(error) {
  if (broke(error, 'tasks_project_exists')) return notFound();
  if (!broke(error, 'tasks_assignee_is_member')) return error;
  return invalid({ path: 'assigneeId', message: 'must be a member of the project' });
}
