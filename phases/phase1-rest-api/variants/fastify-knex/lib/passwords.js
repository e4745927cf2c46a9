import { hash as argon2, verify } from 'argon2';

// OWASP's least for argon2id. The library's own default takes 64 MiB for each login at work.
const COST = { memoryCost: 19456, timeCost: 2, parallelism: 1 };

export const hash = (password) => argon2(password, COST);

/** Whoever does not exist gets a hash too, so that their login takes as long. */
const decoy = hash('nobody has this password');

export async function matches(stored, password) {
  const good = await verify(stored ?? (await decoy), password);
  return good && stored !== undefined;
}
