import pg from 'pg';

const CONNECT_WITHIN_MS = 5_000;

/** The one way to the database: `query`, `transaction` and `close`. */
export function createDatabase({ DATABASE_URL, DB_POOL_MAX }, log) {
  const pool = new pg.Pool({
    connectionString: DATABASE_URL,
    max: DB_POOL_MAX,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
  });
  // Without a listener Node ends the process when Postgres drops a connection, idle or in use.
  const lost = (error) => log.warn('database connection lost', { error: error.message });
  pool.on('error', lost);
  pool.on('connect', (client) => client.on('error', lost));

  return {
    query: (sql, values) => pool.query(sql, values),
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  };
}

async function transaction(pool, work) {
  const client = await pool.connect();
  let broken;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that cannot even roll back must not go back into the pool.
    await client.query('ROLLBACK').catch((failure) => { broken = failure; });
    throw error;
  } finally {
    client.release(broken);
  }
}
