import { todo } from './problem.js';

/** Throws 412 unless the caller sent no If-Match or one that names the row's version. */
export function mustMatch(ifMatch, row) {
  // TODO(⭐ crud): compare inside the transaction that writes, with the row locked.
  throw todo('crud');
}
