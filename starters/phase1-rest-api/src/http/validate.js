import { z } from 'zod';
import { todo } from './problem.js';

/** Returns `value` as the schema parsed it. */
export function validate(schema, value) {
  // TODO(jwt): `schema.safeParse(value)`; on failure throw `invalid(...)` with one `{ path, message }` per issue,
  // the path joined with dots.
  throw todo('jwt');
}

/** A string of min..max characters. */
export const text = (min, max) => z.string().min(min).max(max);
// TODO(crud): refuse '\0' here: Postgres cannot store it, and the client would see a 500.

// TODO(crud): a schema for ids as your database makes them, and a helper for the ones in paths:
// a malformed id is 404, never a failing query.
// TODO(crud): a schema for RFC 3339 date-times with an offset; `new Date('2030-02-30T00:00:00Z')` accepts 30 February.
