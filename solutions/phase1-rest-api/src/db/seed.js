import { configOrExit } from '../config.js';
import { hashPassword } from '../features/auth/passwords.js';
import { insertMember, insertProject } from '../features/projects/queries.js';
import { insertTask } from '../features/tasks/queries.js';
import { ensureFirstAdmin } from '../features/users/first-admin.js';
import { createLog } from '../log.js';
import { LOCKS } from './locks.js';
import { createDatabase } from './pool.js';
import { demo } from './seed-data.js';

/** Fills a database that has no projects yet; a used one keeps exactly what its people made of it. */
export async function seed(db) {
  const passwordHash = await hashPassword(demo.password);
  return db.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.seed]);
    const { rows } = await tx.query('SELECT 1 FROM projects LIMIT 1');
    if (rows.length > 0) return false;
    const idOf = new Map();
    for (const user of demo.users) idOf.set(user.email, await userId(tx, user, passwordHash));
    for (const project of demo.projects) await addProject(tx, project, idOf);
    return true;
  });
}

async function userId(tx, { email, name }, passwordHash) {
  await tx.query(
    'INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [email, name, passwordHash]);
  const { rows } = await tx.query('SELECT id FROM users WHERE lower(email) = lower($1)', [email]);
  return rows[0].id;
}

async function addProject(tx, { owner, members, tasks, ...project }, idOf) {
  const projectId = await insertProject(tx, project, idOf.get(owner));
  for (const member of members) await insertMember(tx, projectId, idOf.get(member));
  for (const { assignee, ...task } of tasks) {
    await insertTask(tx, projectId, { ...demo.taskDefaults, ...task, assigneeId: idOf.get(assignee) ?? null });
  }
}

const config = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL', 'ADMIN_EMAIL', 'ADMIN_PASSWORD']);
const log = createLog(config.LOG_LEVEL);
const db = createDatabase(config, log);
try {
  const admin = await ensureFirstAdmin({ db, config });
  log.info('seeded', { admin, demo: await seed(db) });
} catch (error) {
  log.error('seeding failed', { error: error.message });
  process.exitCode = 1;
} finally {
  await db.close();
}
