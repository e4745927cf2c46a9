import { todo } from '../../http/problem.js';

export async function hashPassword(password) {
  // TODO(jwt): bcrypt with cost 10. bcrypt reads 72 bytes only: what of two long passwords with the same beginning?
  throw todo('jwt');
}

export async function passwordMatches(password, hash) {
  // TODO(jwt): compare; take as long when there is no hash, so that time does not tell which accounts exist.
  throw todo('jwt');
}
