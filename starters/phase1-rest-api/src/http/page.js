import { todo } from './problem.js';

/** Reads what a list was asked for: `{ size, filter }`. */
export function readPage(req, filters = {}) {
  // TODO(crud): `limit` 1..100, default 20, else 422; `filters` are the zod schemas of the other query parameters.
  // TODO(⭐ crud): `sort` and `cursor`. A cursor holds the sort key and the id of the last row seen (not an offset:
  // rows that are inserted meanwhile would shift it); whatever comes back from the client is checked again.
  throw todo('crud');
}

/** Sends `{ data, page }`. */
export function sendPage(req, res, page, rows) {
  // TODO(crud): `{ data: rows, page: { limit } }`.
  // TODO(⭐ crud): `nextCursor` and the `Link` header; one row more than asked for tells whether there is a next page.
  throw todo('crud');
}
