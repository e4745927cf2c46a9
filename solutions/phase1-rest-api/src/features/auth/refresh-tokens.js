import { createHash, randomBytes } from 'node:crypto';

// A fast hash is enough here: unlike a password, 256 random bits cannot be guessed.
const digest = (token) => createHash('sha256').update(token).digest('hex');

export function createRefreshTokens({ REFRESH_TTL_S }) {
  return {
    async issue(q, userId) {
      const token = randomBytes(32).toString('base64url');
      await q.query('DELETE FROM refresh_tokens WHERE user_id = $1 AND expires_at <= now()', [userId]);
      await q.query(
        'INSERT INTO refresh_tokens (token_hash, user_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))',
        [digest(token), userId, REFRESH_TTL_S],
      );
      return token;
    },

    /** Uses a token up: of two calls at the same moment only one gets the user's id. */
    async redeem(q, token) {
      const { rows } = await q.query(
        'DELETE FROM refresh_tokens WHERE token_hash = $1 AND expires_at > now() RETURNING user_id AS "userId"',
        [digest(token)],
      );
      return rows[0]?.userId;
    },

    revoke: (q, token, userId) =>
      q.query('DELETE FROM refresh_tokens WHERE token_hash = $1 AND user_id = $2', [digest(token), userId]),
  };
}
