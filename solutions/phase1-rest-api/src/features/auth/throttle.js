import { Problem } from '../../http/problem.js';

const WRONG_TRIES = 5;

const RECORD = `
  INSERT INTO login_failures AS f (account, failures, started_at) VALUES (lower($1), 1, now())
  ON CONFLICT (account) DO UPDATE SET
    failures = CASE WHEN f.started_at <= now() - make_interval(secs => $2) THEN 1 ELSE f.failures + 1 END,
    started_at = CASE WHEN f.started_at <= now() - make_interval(secs => $2) THEN now() ELSE f.started_at END
  RETURNING failures, ceil(extract(epoch FROM started_at - now()) + $2)::int AS "retryAfter"`;

const CURRENT = `
  SELECT failures, ceil(extract(epoch FROM started_at - now()) + $2)::int AS "retryAfter"
  FROM login_failures WHERE account = lower($1) AND started_at > now() - make_interval(secs => $2)`;

/** Counts wrong logins per account in the database, so that a restart forgives nothing. */
export function createThrottle({ db, window }) {
  return {
    async mustBeOpen(account) {
      const { rows } = await db.query(CURRENT, [account, window]);
      if (rows[0]?.failures >= WRONG_TRIES) throw tooMany(rows[0]);
    },

    /** Throws 429 for tries beyond the limit: of many at the same moment only five learn that they were wrong. */
    async failed(account) {
      const { rows } = await db.query(RECORD, [account, window]);
      if (rows[0].failures > WRONG_TRIES) throw tooMany(rows[0]);
    },

    succeeded: (account) => db.query('DELETE FROM login_failures WHERE account = lower($1)', [account]),
  };
}

const tooMany = ({ retryAfter }) =>
  new Problem(429, 'Too many wrong logins.', { headers: { 'Retry-After': String(Math.max(1, retryAfter)) } });
