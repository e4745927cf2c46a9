import { unauthorized } from '../../http/problem.js';
import { id } from '../../http/validate.js';
import { createAccessTokens } from './access-tokens.js';
import { passwordMatches } from './passwords.js';
import { createRefreshTokens } from './refresh-tokens.js';
import { createThrottle } from './throttle.js';

export function createAuth({ db, config }) {
  const accessTokens = createAccessTokens(config);
  const refreshTokens = createRefreshTokens(config);
  const throttle = createThrottle({ db, window: config.LOGIN_WINDOW_S });

  async function pairFor(q, user) {
    return {
      accessToken: accessTokens.issue(user),
      refreshToken: await refreshTokens.issue(q, user.id),
      tokenType: 'Bearer',
      expiresIn: config.JWT_TTL_S,
    };
  }

  return {
    async login({ email, password }) {
      await throttle.mustBeOpen(email);
      const { rows: [user] } = await db.query(
        'SELECT id, role, password_hash AS hash FROM users WHERE lower(email) = lower($1)', [email]);
      if (!(await passwordMatches(password, user?.hash))) {
        await throttle.failed(email);
        throw unauthorized('E-mail or password is wrong.');
      }
      // Once more: others may have used up the tries while this password was being compared.
      await throttle.mustBeOpen(email);
      await throttle.succeeded(email);
      return pairFor(db, user);
    },

    refresh: ({ refreshToken }) => db.transaction(async (tx) => {
      const userId = await refreshTokens.redeem(tx, refreshToken);
      const user = userId && (await findUser(tx, userId));
      if (!user) throw unauthorized('The refresh token is not valid.');
      return pairFor(tx, user);
    }),

    logout: (userId, { refreshToken }) => refreshTokens.revoke(db, refreshToken, userId),

    /** Who the token belongs to, with the role of this moment: the one in the token may be out of date. */
    async userOf(token) {
      const subject = id.safeParse(accessTokens.subject(token));
      return subject.success ? findUser(db, subject.data) : undefined;
    },
  };
}

async function findUser(q, userId) {
  const { rows } = await q.query('SELECT id, role FROM users WHERE id = $1', [userId]);
  return rows[0];
}
