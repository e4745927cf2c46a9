import jwt from 'jsonwebtoken';

export function createAccessTokens({ JWT_SECRET, JWT_ISSUER, JWT_TTL_S }) {
  return {
    issue: ({ id, role }) => jwt.sign({ role }, JWT_SECRET, {
      algorithm: 'HS256',
      subject: id,
      issuer: JWT_ISSUER,
      expiresIn: JWT_TTL_S,
    }),

    /** The user id that a valid token names, else undefined. */
    subject(token) {
      try {
        // The list of algorithms is the check: the token's own header must never choose.
        const { sub, exp } = jwt.verify(token, JWT_SECRET, { algorithms: ['HS256'], issuer: JWT_ISSUER });
        // `verify` takes a token without `exp` for one that lives for ever.
        return exp === undefined ? undefined : sub;
      } catch {
        return undefined;
      }
    },
  };
}
