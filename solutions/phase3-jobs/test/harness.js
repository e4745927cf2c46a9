import { createServer } from 'node:http';
import { createApp } from '../src/app.js';
import { readConfig } from '../src/config.js';
import { migrate } from '../src/db/migrate.js';
import { createDatabase } from '../src/db/pool.js';
import { ensureFirstAdmin } from '../src/features/users/first-admin.js';
import { createLog } from '../src/log.js';

export const ADMIN = { email: 'admin@example.com', password: 'an-admin-password' };

export const environment = {
  DATABASE_URL: process.env.DATABASE_URL,
  JWT_SECRET: 'a-secret-of-more-than-thirty-two-characters',
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
};

/** Starts the app on a free port; `call(verb, path, { token, body, headers })` gives `{ status, headers, body }`. */
export async function startApp() {
  const config = { ...readConfig(environment), JOB_ATTEMPTS: 5 };
  // Jobs stay in the database here: neither Redis nor mail is needed.
  const relay = { kick() {} };
  const log = createLog('silent');
  const db = createDatabase(config, log);
  await migrate(db);
  await ensureFirstAdmin({ db, config });
  const server = createServer(createApp({ config, db, log, relay }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}/api/v1`;
  return {
    call: (verb, path, options) => call(base + path, verb, options),
    async stop() {
      server.close();
      server.closeAllConnections();
      await db.close();
    },
  };
}

async function call(url, method, { token, body, headers = {} } = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}
