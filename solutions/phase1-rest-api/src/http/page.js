import { z } from 'zod';
import { badRequest } from './problem.js';
import { id, text, validate } from './validate.js';

const limit = z.string().regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
  .transform(Number).pipe(z.number().min(1).max(100)).default(20);

/**
 * Reads limit, sort, cursor and the given filters from the query.
 * `sorts` maps a public name to a sort of ../db/keyset.js; its first one is the default.
 */
export function readPage(req, sorts, filters = {}) {
  const names = Object.keys(sorts).flatMap((name) => [name, `-${name}`]);
  const schema = z.object({ limit, sort: z.enum(names).default(names[0]), cursor: text(0, 1000).optional(), ...filters });
  const { cursor, limit: size, sort, ...filter } = validate(schema, { ...req.query });
  const by = { ...sorts[sort.replace('-', '')], direction: sort.startsWith('-') ? 'DESC' : 'ASC' };
  return { size, sort, by, after: cursor === undefined ? undefined : decode(cursor, sort, by), filter };
}

/** Sends `rows`, of which there is one more than asked for when another page follows. */
export function sendPage(req, res, page, rows) {
  const data = rows.slice(0, page.size);
  const nextCursor = rows.length > page.size ? encode(page, data.at(-1)) : null;
  if (nextCursor) res.set('Link', `<${nextUrl(req, nextCursor)}>; rel="next"`);
  res.json({ data, page: { limit: page.size, nextCursor } });
}

function nextUrl(req, cursor) {
  const [path, query] = req.originalUrl.split('?');
  const search = new URLSearchParams(query);
  search.set('cursor', cursor);
  return `${path}?${search}`;
}

const encode = ({ sort, by }, row) =>
  Buffer.from(JSON.stringify([sort, row[by.field], row.id])).toString('base64url');

// A cursor comes back from outside: every part of it is checked again.
function decode(cursor, sort, by) {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [, value, rowId] = z.tuple([z.literal(sort), by.value, id]).parse(parts);
    return { value, id: rowId };
  } catch {
    throw badRequest('The cursor is not one of this list and sort.');
  }
}
