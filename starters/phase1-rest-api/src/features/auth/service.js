import { todo } from '../../http/problem.js';

export function createAuth({ db, config }) {
  return {
    /** `{ accessToken, tokenType, expiresIn }`, or 401. */
    async login({ email, password }) {
      // TODO(jwt): find the user ignoring case, compare with bcrypt; an unknown account must get the very same answer as
      // a wrong password. Sign `{ role }` with HS256: subject = the id as a string, issuer, expiresIn from `config`.
      // TODO(⭐ jwt): a refresh token, stored as a hash; 429 after 5 wrong tries on one account, counted in the database.
      throw todo('jwt');
    },

    /** The `{ id, role }` of the user that a valid token names, else undefined. */
    async userOf(token) {
      // TODO(jwt): verify with `algorithms: ['HS256']` and the issuer; a token without `exp` is not valid.
      // TODO(roles): read the user from the database: the role in the token may be out of date, the user deleted.
      throw todo('jwt');
    },
  };
}
