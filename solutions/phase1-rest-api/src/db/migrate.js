import { readdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { configOrExit } from '../config.js';
import { createLog } from '../log.js';
import { LOCKS } from './locks.js';
import { createDatabase } from './pool.js';

const FOLDER = new URL('./migrations/', import.meta.url);

/** Applies, in the order of their names, the files that the history does not know; all or none. */
export async function migrate(db) {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return db.transaction(async (tx) => {
    // Two deployments may start at once: the second waits and then finds nothing to do.
    await tx.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.migrate]);
    await tx.query('CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())');
    const { rows } = await tx.query('SELECT name FROM schema_migrations');
    const known = new Set(rows.map((row) => row.name));
    const missing = files.filter((name) => !known.has(name));
    for (const name of missing) await apply(tx, name);
    return missing;
  });
}

async function apply(tx, name) {
  await tx.query(await readFile(new URL(name, FOLDER), 'utf8'));
  await tx.query('INSERT INTO schema_migrations (name) VALUES ($1)', [name]);
}

async function main() {
  const config = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL']);
  const log = createLog(config.LOG_LEVEL);
  const db = createDatabase(config, log);
  try {
    log.info('migrated', { applied: await migrate(db) });
  } catch (error) {
    log.error('migration failed', { error: error.message });
    process.exitCode = 1;
  } finally {
    await db.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
