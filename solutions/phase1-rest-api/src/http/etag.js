import { Problem } from './problem.js';

const tag = (row) => `"${row.version}"`;

export const withETag = (res, row) => res.set('ETag', tag(row));

/** Throws 412 unless the caller sent no If-Match or one that names the row's version. */
export function mustMatch(ifMatch, row) {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const wanted = ifMatch.split(',').map((one) => one.trim());
  if (!wanted.includes(tag(row))) throw new Problem(412, `The current version is ${row.version}.`);
}
