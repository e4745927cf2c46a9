import { broke, transact } from '../database.js';
import { conflict, notFound, stale, unauthorized } from '../problem.js';

const raised = (db) => ({ version: db.raw('version + 1'), updated_at: db.raw('clock_timestamp()') });

/** The projects that a user may see: all of them for an admin, those they are a member of for others. */
export function visibleProjects(db, user) {
  const memberIds = db.raw(
    'array(select user_id from members where project_id = projects.id order by user_id desc) as member_ids',
  );
  const rows = db('projects').select('projects.*', memberIds);
  return user.role === 'admin' ? rows : rows.whereIn('projects.id', projectsOf(db, user.id));
}

export const projectsOf = (db, userId) => db('members').where({ user_id: userId }).select('project_id');

/** The project, or 404 to whoever may not see it. */
export async function findProject(db, user, id) {
  const row = id && (await visibleProjects(db, user).where('projects.id', id).first());
  if (!row) throw notFound();
  return row;
}

export async function createProject(db, ownerId, { name, description = '' }) {
  try {
    return await transact(db, async (trx) => {
      const [row] = await trx('projects').insert({ name, description, owner_id: ownerId }).returning('*');
      await trx('members').insert({ project_id: row.id, user_id: ownerId });
      return { ...row, member_ids: [ownerId] };
    });
  } catch (error) {
    // Deleted since the token was checked.
    if (broke(error, 'projects_owner_exists')) throw unauthorized('The account is gone.');
    throw error;
  }
}

export async function changeProject(db, user, id, changes, versions) {
  return transact(db, async (trx) => {
    const one = trx('projects').where({ id });
    if (versions) one.whereIn('version', versions);
    const changed = await one.update({ ...changes, ...raised(trx) });
    const row = await findProject(trx, user, id);
    if (!changed) throw stale();
    return row;
  });
}

export async function deleteProject(db, user, id, versions) {
  const one = db('projects').where({ id });
  if (versions) one.whereIn('version', versions);
  if (await one.del()) return;
  await findProject(db, user, id);
  throw stale();
}

export async function addMember(db, project, userId) {
  const member = { project_id: project.id, user_id: userId };
  try {
    await transact(db, async (trx) => {
      const added = await trx('members').insert(member).onConflict().ignore().returning('user_id');
      if (added.length) await trx('projects').where({ id: project.id }).update(raised(trx));
    });
  } catch (error) {
    const unknown = broke(error, 'members_user_exists') || broke(error, 'members_project_exists');
    throw unknown ? notFound() : error;
  }
}

/** Their tasks of this project are unassigned. */
export async function removeMember(db, project, userId) {
  if (userId === project.owner_id) throw conflict('The owner stays a member.');
  const member = { project_id: project.id, user_id: userId };
  await transact(db, async (trx) => {
    // Locked before the tasks are: nobody can be assigned one between the two steps.
    if (!(await trx('members').where(member).forUpdate().first())) throw notFound();
    await trx('tasks')
      .where({ project_id: project.id, assignee_id: userId })
      .update({ assignee_id: null, ...raised(trx) });
    await trx('members').where(member).del();
    await trx('projects').where({ id: project.id }).update(raised(trx));
  });
}
