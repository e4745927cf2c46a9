import { z } from 'zod';
import { invalid, notFound } from './problem.js';

/** Returns the parsed value or throws 422 with one entry per complaint. */
export function validate(schema, value) {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

// Postgres cannot store U+0000, and a lone surrogate would come back as another character.
const storable = (text) => !text.includes('\0') && text.isWellFormed();

// People count characters, JavaScript counts UTF-16 units: an emoji is one of the former and two of the latter.
const hasLength = (min, max) => (text) => {
  const { length } = [...text];
  return length >= min && length <= max;
};

export const text = (min, max) => z.string()
  .refine(hasLength(min, max), `must have ${min} to ${max} characters`)
  .refine(storable, 'has characters that cannot be stored');

export const id = z.guid('must be an id').transform((given) => given.toLowerCase());

/** An id from the path. A malformed one belongs to nothing, so it is 404 like an unknown one. */
export function pathId(req, name = 'id') {
  const result = id.safeParse(req.params[name]);
  if (!result.success) throw notFound();
  return result.data;
}

const RFC_3339 = /^(?!0000)\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** An RFC 3339 date-time with an offset, as a Date. */
export const instant = z.string().transform((given, context) => {
  const date = new Date(given.toUpperCase());
  if (RFC_3339.test(given) && dayExists(given) && inYears1To9999(date)) return date;
  context.addIssue({ code: 'custom', message: 'must be an RFC 3339 date-time' });
  return z.NEVER;
});

// Date silently turns 30 February into 1 or 2 March.
function dayExists(given) {
  const [year, month, day] = given.slice(0, 10).split('-').map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

// Not with an invalid Date either: its year is NaN.
const inYears1To9999 = (date) => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
