import knex from 'knex';
import pg from 'pg';

const ONE_AT_A_TIME = 20260115;
const DEADLOCK = '40P01';

export function connect({ databaseUrl, poolMax }, migrations) {
  return knex({
    client: 'pg',
    connection: { connectionString: databaseUrl, connectionTimeoutMillis: 3000 },
    pool: { min: 0, max: poolMax },
    acquireConnectionTimeout: 10_000,
    migrations,
  });
}

/** Do `work` while no other process does such work. The lock goes with its connection, even by SIGKILL. */
export async function exclusively({ databaseUrl }, work) {
  const holder = new pg.Client({ connectionString: databaseUrl });
  await holder.connect();
  try {
    await holder.query('select pg_advisory_lock($1)', [ONE_AT_A_TIME]);
    return await work();
  } finally {
    await holder.end();
  }
}

/** Run `work` in a transaction, and once more if Postgres had to break a deadlock. */
export async function transact(db, work, tries = 3) {
  try {
    return await db.transaction(work);
  } catch (error) {
    if (error.code !== DEADLOCK || tries === 1) throw error;
    return transact(db, work, tries - 1);
  }
}

/** Does this error say that `constraint` was broken? */
export function broke(error, constraint) {
  return error.constraint === constraint;
}

/** Is the database away (rather than the statement wrong)? */
export function isAway(error) {
  return (
    error instanceof knex.KnexTimeoutError ||
    ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EPIPE'].includes(error.code) ||
    /^(08|53|57P)/.test(error.code ?? '') ||
    /^(Connection terminated|timeout expired)/.test(error.message ?? '')
  );
}
