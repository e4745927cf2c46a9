import { z } from 'zod';

const whole = (min, fallback) => z.string().regex(/^\d{1,9}$/, 'must be a whole number')
  .transform(Number).pipe(z.number().min(min)).default(fallback);

const variables = z.object({
  REDIS_URL: z.string().regex(/^rediss?:\/\/\S+$/, 'must be a redis:// URL'),
  SMTP_URL: z.string().regex(/^smtps?:\/\/\S+$/, 'must be an smtp:// URL'),
  MAIL_FROM: z.string().regex(/@/, 'must be an e-mail address'),
  JOB_ATTEMPTS: whole(1, 5),
  JOB_BACKOFF_MS: whole(0, 1000),
  JOB_LOCK_MS: whole(100, 30_000),
  WORKER_CONCURRENCY: whole(1, 5),
});

/** Reads what jobs and mail need; throws an Error that names each bad variable, never its value. */
export function readJobConfig(env) {
  // An empty variable counts as unset: compose files and CI pass unset ones as ''.
  const given = Object.fromEntries(Object.keys(variables.shape).map((name) => [name, env[name] || undefined]));
  const result = variables.safeParse(given);
  if (result.success) return result.data;
  const complaints = result.error.issues.map(({ path: [name], message }) =>
    `Configuration: ${name} ${given[name] === undefined ? 'is required' : message}`);
  throw new Error(complaints.join('\n'));
}

export function jobConfigOrExit() {
  try {
    return readJobConfig(process.env);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
