import { hashPassword } from '../auth/passwords.js';

const RETRY_AFTER_MS = 1_000;

/** Makes the account of ADMIN_EMAIL an admin's if there is none; an existing account is left as it is. */
export async function ensureFirstAdmin({ db, config }) {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config;
  if (!email) return false;
  const { rows } = await db.query('SELECT 1 FROM users WHERE lower(email) = lower($1)', [email]);
  if (rows.length > 0) return false;
  // Two processes may both find nobody; the unique index lets one of them win.
  const inserted = await db.query(
    `INSERT INTO users (email, name, role, password_hash) VALUES ($1, 'Admin', 'admin', $2)
     ON CONFLICT DO NOTHING`, [email, await hashPassword(password)]);
  return inserted.rowCount > 0;
}

/** Ensures the first admin now or, while the database is away, as soon as it is back; returns a way to stop. */
export async function keepFirstAdmin({ db, config, log }) {
  let timer;
  async function attempt() {
    try {
      if (await ensureFirstAdmin({ db, config })) log.info('first admin created');
    } catch (error) {
      log.warn('first admin not ensured yet', { error: error.message });
      timer = setTimeout(attempt, RETRY_AFTER_MS);
    }
  }
  await attempt();
  return () => clearTimeout(timer);
}
