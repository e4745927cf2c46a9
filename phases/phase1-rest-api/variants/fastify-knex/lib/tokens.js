import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { SignJWT, errors, jwtVerify } from 'jose';
import { unauthorized } from './problem.js';
import { idFrom } from './values.js';

/** Access tokens: JWTs that say who someone is. What they may do is asked of the database. */
export class Tokens {
  #key;
  #issuer;
  #seconds;

  constructor({ jwtSecret, jwtIssuer, accessSeconds }) {
    this.#key = createSecretKey(Buffer.from(jwtSecret));
    this.#issuer = jwtIssuer;
    this.#seconds = accessSeconds;
  }

  async issue(user) {
    const now = Math.floor(Date.now() / 1000);
    const accessToken = await new SignJWT({ role: user.role })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(String(user.id))
      .setIssuer(this.#issuer)
      .setIssuedAt(now)
      .setExpirationTime(now + this.#seconds)
      .sign(this.#key);
    return { accessToken, tokenType: 'Bearer', expiresIn: this.#seconds };
  }

  /** The user id in a good token; everything else is 401. */
  async verify(token) {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        issuer: this.#issuer,
        requiredClaims: ['sub', 'iat', 'exp'],
      });
      return idFrom(payload.sub);
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthorized('The access token is not valid.');
      throw error;
    }
  }
}

export const newRefreshToken = () => randomBytes(32).toString('base64url');
/** What is stored of a secret that has enough entropy of its own. */
export const digest = (text) => createHash('sha256').update(text).digest('hex');
