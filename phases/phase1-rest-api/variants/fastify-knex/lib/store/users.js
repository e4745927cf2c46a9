import { broke, transact } from '../database.js';
import { hash } from '../passwords.js';
import { conflict, notFound } from '../problem.js';

export const findUser = (db, id) => db('users').where({ id }).first();
export const findByEmail = (db, email) => db('users').where({ email }).first();

export async function createUser(db, fields) {
  try {
    const [row] = await db('users').insert(fields).returning('*');
    return row;
  } catch (error) {
    throw taken(error);
  }
}

/** Make the account of the settings; one that is there already is left as it is. */
export async function ensureFirstAdmin(db, admin) {
  if (!admin || (await findByEmail(db, admin.email))) return;
  const fields = { email: admin.email, name: 'Admin', role: 'admin', password_hash: await hash(admin.password) };
  await db('users').insert(fields).onConflict('email').ignore();
}

/** Change the named columns. Whoever gets a new password is logged out everywhere. */
export async function changeUser(db, id, changes) {
  return transact(db, async (trx) => {
    if (changes.role === 'user') await keepAnAdmin(trx, id);
    if (changes.password_hash) await trx('refresh_tokens').where({ user_id: id }).del();
    const [row] = await update(trx, id, changes);
    if (!row) throw notFound();
    return row;
  });
}

async function update(trx, id, changes) {
  try {
    return await trx('users')
      .where({ id })
      .update({ ...changes, updated_at: trx.raw('clock_timestamp()') })
      .returning('*');
  } catch (error) {
    throw taken(error);
  }
}

/** Delete a user who owns nothing: their tasks are unassigned, and they leave all projects. */
export async function deleteUser(db, id) {
  return transact(db, async (trx) => {
    await keepAnAdmin(trx, id);
    if (!(await trx('users').where({ id }).forUpdate().first())) throw notFound();
    if (await trx('projects').where({ owner_id: id }).first()) throw ownsProjects();
    const raised = { version: trx.raw('version + 1'), updated_at: trx.raw('clock_timestamp()') };
    const left = await trx('members').where({ user_id: id }).forUpdate().pluck('project_id');
    await trx('tasks').where({ assignee_id: id }).update({ assignee_id: null, ...raised });
    await trx('members').where({ user_id: id }).del();
    await trx('projects').whereIn('id', left).update(raised);
    await trx('users').where({ id }).del();
  });
}

/** Refuse to take the last admin away. The lock makes two admins who remove each other take turns. */
async function keepAnAdmin(trx, id) {
  const admins = await trx('users').where({ role: 'admin' }).orderBy('id').forUpdate().pluck('id');
  if (admins.length === 1 && admins[0] === id) throw conflict('This is the last admin.');
}

const ownsProjects = () => conflict('This user owns projects.');

function taken(error) {
  return broke(error, 'users_email_is_free') ? conflict('This e-mail address is taken.') : error;
}
