import { z } from 'zod';

// The order of joining never changes, so the same project always reads the same.
const COLUMNS = `p.id, p.name, p.description, p.owner_id AS "ownerId",
  ARRAY(SELECT user_id FROM project_members WHERE project_id = p.id ORDER BY joined_at, user_id) AS "memberIds",
  p.version, p.created_at AS "createdAt", p.updated_at AS "updatedAt"`;

export const projectColumns = { name: 'name', description: 'description' };

export const projectSorts = {
  createdAt: { field: 'createdAt', value: z.iso.datetime(), column: 'p.created_at', type: 'timestamptz' },
};

export async function findProject(q, id) {
  return (await q.query(`SELECT ${COLUMNS} FROM projects p WHERE p.id = $1`, [id])).rows[0];
}

// A statement of its own: one that waits for a lock reads the members as they were before it waited.
export const lockProject = (q, id) => q.query('SELECT 1 FROM projects WHERE id = $1 FOR UPDATE', [id]);

export async function listProjects(q, { sql, values }) {
  return (await q.query(`SELECT ${COLUMNS} FROM projects p ${sql}`, values)).rows;
}

export async function insertProject(q, { name, description }, ownerId) {
  const { rows } = await q.query(
    `INSERT INTO projects (name, description, owner_id) VALUES ($1, $2, $3)
     RETURNING id`, [name, description, ownerId]);
  await insertMember(q, rows[0].id, ownerId);
  return rows[0].id;
}

export const updateProject = (q, id, set) =>
  q.query(`UPDATE projects SET ${set.sql} WHERE id = ${set.next}`, [...set.values, id]);

export const touchProject = (q, id) =>
  q.query('UPDATE projects SET version = version + 1, updated_at = clock_timestamp() WHERE id = $1', [id]);

export const deleteProject = (q, id) => q.query('DELETE FROM projects WHERE id = $1', [id]);

/** Whether the user was not a member before. */
export async function insertMember(q, projectId, userId) {
  const { rowCount } = await q.query(
    'INSERT INTO project_members (project_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [projectId, userId]);
  return rowCount > 0;
}

/** Removes a member, whose tasks of this project nobody has then. */
export async function deleteMember(q, projectId, userId) {
  // First the lock: from here on nobody can assign another task to this member.
  await q.query('SELECT 1 FROM project_members WHERE project_id = $1 AND user_id = $2 FOR UPDATE', [projectId, userId]);
  await q.query(`UPDATE tasks SET assignee_id = NULL, version = version + 1, updated_at = clock_timestamp()
    WHERE project_id = $1 AND assignee_id = $2`, [projectId, userId]);
  await q.query('DELETE FROM project_members WHERE project_id = $1 AND user_id = $2', [projectId, userId]);
}
