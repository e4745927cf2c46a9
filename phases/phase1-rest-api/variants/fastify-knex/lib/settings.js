/** A variable is missing or malformed; the message names it. */
export class SettingsError extends Error {}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const UNITS = { b: 1, kb: 1024, mb: 1024 ** 2 };
const MOST_SECONDS = 2 ** 31 - 1;

/** What `db:migrate` and `db:seed` need: they run without any secret. */
export function readDatabaseSettings(env) {
  const url = required(env, 'DATABASE_URL');
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new SettingsError('DATABASE_URL must be a postgres:// URL');
  }
  return { databaseUrl: url, poolMax: whole(env, 'DB_POOL_MAX', 10, 1, 1000) };
}

/** What `npm start` needs. */
export function readServiceSettings(env) {
  // Read to complain of a bad value. Roles are read at each request, so a change waits for nothing.
  whole(env, 'ROLE_TTL_S', 5, 0, MOST_SECONDS);
  return {
    ...readDatabaseSettings(env),
    host: env.HOST || '0.0.0.0',
    port: whole(env, 'PORT', 3000, 0, 65535),
    jwtSecret: secret(env),
    jwtIssuer: env.JWT_ISSUER || 'task-manager',
    accessSeconds: whole(env, 'JWT_TTL_S', 900, 1, MOST_SECONDS),
    refreshSeconds: whole(env, 'REFRESH_TTL_S', 604800, 1, MOST_SECONDS),
    loginWindowSeconds: whole(env, 'LOGIN_WINDOW_S', 60, 1, MOST_SECONDS),
    bodyLimit: bytes(env, 'BODY_LIMIT', '100kb'),
    logLevel: oneOf(env, 'LOG_LEVEL', 'info', LOG_LEVELS),
    origins: origins(env),
    firstAdmin: firstAdmin(env),
  };
}

function required(env, name) {
  if (!env[name]) throw new SettingsError(`${name} is required`);
  return env[name];
}

function secret(env) {
  const value = required(env, 'JWT_SECRET');
  if ([...value].length < 32) throw new SettingsError('JWT_SECRET needs at least 32 characters');
  return value;
}

function whole(env, name, fallback, least, most) {
  if (!env[name]) return fallback;
  const value = /^\d{1,15}$/.test(env[name]) ? Number(env[name]) : NaN;
  if (!(value >= least && value <= most)) {
    throw new SettingsError(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function bytes(env, name, fallback) {
  const match = /^(\d{1,9})(b|kb|mb)?$/i.exec(env[name] || fallback);
  const value = match && Number(match[1]) * UNITS[(match[2] ?? 'b').toLowerCase()];
  if (!value) throw new SettingsError(`${name} must be a size such as 100kb`);
  return value;
}

function oneOf(env, name, fallback, choices) {
  const value = env[name] || fallback;
  if (!choices.includes(value)) throw new SettingsError(`${name} must be one of ${choices.join(', ')}`);
  return value;
}

function origins(env) {
  const list = (env.CORS_ORIGINS ?? '').split(',').map((origin) => origin.trim()).filter(Boolean);
  for (const origin of list) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new SettingsError(`CORS_ORIGINS has "${origin}", which is no origin such as https://example.com`);
    }
  }
  return list;
}

function firstAdmin(env) {
  if (!env.ADMIN_EMAIL && !env.ADMIN_PASSWORD) return null;
  const email = required(env, 'ADMIN_EMAIL').toLowerCase();
  const password = required(env, 'ADMIN_PASSWORD');
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new SettingsError('ADMIN_EMAIL is no e-mail address');
  if (password.length < 8 || password.length > 128) {
    throw new SettingsError('ADMIN_PASSWORD needs 8 to 128 characters');
  }
  return { email, password };
}
