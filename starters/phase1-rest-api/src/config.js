import { z } from 'zod';
import { LOG_LEVELS } from './log.js';

const whole = (min, max) => z.string().regex(/^\d{1,10}$/, 'must be a whole number')
  .transform(Number).pipe(z.number().min(min).max(max));
const csv = z.string().transform((text) => text.split(',').map((part) => part.trim()).filter(Boolean));

const variables = {
  PORT: whole(0, 65535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// URL'),
  DB_POOL_MAX: whole(1, 1000).default(10),
  // TODO(jwt): JWT_SECRET (required, 32 characters or more), JWT_ISSUER, JWT_TTL_S with their defaults.
  // TODO(models): ADMIN_EMAIL and ADMIN_PASSWORD.
  // TODO(roles): ROLE_TTL_S.
  // TODO(⭐ jwt): REFRESH_TTL_S, LOGIN_WINDOW_S.
  CORS_ORIGINS: csv.pipe(z.array(z.string().regex(/^https?:\/\/[^/]+$/, 'must be origins'))).default([]),
  BODY_LIMIT: z.string().regex(/^\d+(b|kb|mb)?$/i, 'must be a size such as 100kb').default('100kb'),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
};

/** Reads the named variables (all, if none are named); throws an Error that names each bad one. */
export function readConfig(env, names = Object.keys(variables)) {
  const shape = Object.fromEntries(names.map((name) => [name, variables[name]]));
  // An empty variable counts as unset: compose files and CI pass unset ones as ''.
  const given = Object.fromEntries(names.map((name) => [name, env[name] || undefined]));
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  throw new Error(result.error.issues.map(complaint(given)).join('\n'));
}

/** For the entry points: a bad configuration is one clear message and exit code 1. */
export function configOrExit(names) {
  try {
    return readConfig(process.env, names);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

// Names the variable, never its value: the value may be a secret.
const complaint = (given) => ({ path, message }) =>
  `Configuration: ${path[0]} ${given[path[0]] === undefined ? 'is required' : message}`;
