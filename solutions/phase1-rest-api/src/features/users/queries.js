import { z } from 'zod';
import { onConstraint } from '../../db/constraint.js';
import { conflict } from '../../http/problem.js';

// Named one by one, so that the hash of a password is never read where it is not needed.
const COLUMNS = 'id, email, name, role, created_at AS "createdAt"';

export const userColumns = { email: 'email', name: 'name', role: 'role', passwordHash: 'password_hash' };

export const userSorts = {
  createdAt: { field: 'createdAt', value: z.iso.datetime(), column: 'created_at', type: 'timestamptz' },
};

export async function findUser(q, id) {
  return (await q.query(`SELECT ${COLUMNS} FROM users WHERE id = $1`, [id])).rows[0];
}

export async function lockUser(q, id) {
  return (await q.query(`SELECT ${COLUMNS} FROM users WHERE id = $1 FOR UPDATE`, [id])).rows[0];
}

export async function listUsers(q, { sql, values }) {
  return (await q.query(`SELECT ${COLUMNS} FROM users ${sql}`, values)).rows;
}

export async function insertUser(q, { email, name, role, passwordHash }) {
  const insert = q.query(
    `INSERT INTO users (email, name, role, password_hash) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
    [email, name, role, passwordHash],
  );
  return (await uniqueEmail(insert)).rows[0];
}

export async function updateUser(q, id, set) {
  const update = q.query(`UPDATE users SET ${set.sql} WHERE id = ${set.next} RETURNING ${COLUMNS}`, [...set.values, id]);
  return (await uniqueEmail(update)).rows[0];
}

const uniqueEmail = (query) =>
  onConstraint(query, { users_email_unique: () => conflict('The e-mail address is taken.') });

/** Locks all admins and counts them: two who demote each other at once must not both succeed. */
export async function lockAdmins(q) {
  return (await q.query("SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE")).rows.length;
}

/** Takes a user out of every project and task they had a part in. */
export async function detachUser(q, id) {
  await q.query(`UPDATE projects SET version = version + 1, updated_at = clock_timestamp()
    WHERE id IN (SELECT project_id FROM project_members WHERE user_id = $1)`, [id]);
  // From here on nobody can assign another task to this user.
  await q.query('SELECT 1 FROM project_members WHERE user_id = $1 FOR UPDATE', [id]);
  await q.query(`UPDATE tasks SET assignee_id = NULL, version = version + 1, updated_at = clock_timestamp()
    WHERE assignee_id = $1`, [id]);
  await q.query('DELETE FROM project_members WHERE user_id = $1', [id]);
}

export async function ownsProjects(q, id) {
  return (await q.query('SELECT 1 FROM projects WHERE owner_id = $1 LIMIT 1', [id])).rows.length > 0;
}

export const deleteUser = (q, id) => q.query('DELETE FROM users WHERE id = $1', [id]);
