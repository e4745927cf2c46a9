import { createHash } from 'node:crypto';
import bcrypt from 'bcrypt';

const COST = 10;
const BCRYPT_READS_BYTES = 72;

export const hashPassword = (password) => bcrypt.hash(fitted(password), COST);

/** Takes as long without a hash as with one, so that time does not tell which accounts exist. */
export async function passwordMatches(password, hash = NOBODY) {
  return (await bcrypt.compare(fitted(password), hash)) && hash !== NOBODY;
}

const NOBODY = `$2b$${COST}$${'.'.repeat(53)}`;

// bcrypt ignores all after 72 bytes: two long passwords with the same beginning would be one.
function fitted(password) {
  if (Buffer.byteLength(password) <= BCRYPT_READS_BYTES) return password;
  return createHash('sha256').update(password).digest('base64');
}
