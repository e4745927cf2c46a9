import { createHash } from 'node:crypto';
import { Problem } from './problem.js';
import { clean, id, limit, moment, oneOf } from './values.js';

const priority = oneOf('low', 'medium', 'high');

/** How a list may be sorted: the column, and the rule for its value in a cursor. */
export const BY_CREATION = { createdAt: { column: 'created_at', rule: moment } };
export const TASK_SORTS = {
  ...BY_CREATION,
  dueDate: { column: 'due_date', rule: moment, nullable: true },
  // A Postgres enum, which sorts as it was declared: low, medium, high.
  priority: { column: 'priority', rule: priority },
};

/** What the query asks of the list. Filters are bound to the cursor, so that it works for the same list only. */
export function readPage(request, sorts, filterRules = {}) {
  const names = Object.keys(sorts).flatMap((name) => [name, `-${name}`]);
  const query = clean(request.query, { limit, sort: oneOf(...names), ...filterRules });
  const { limit: size = 20, sort = 'createdAt', ...filters } = query;
  const path = request.url.split('?')[0];
  const list = createHash('sha256').update(JSON.stringify([path, sort, filters])).digest('base64url').slice(0, 12);
  const page = { size, filters, list, ...direction(sort, sorts) };
  return { ...page, after: readCursor(request.query.cursor, page) };
}

function direction(sort, sorts) {
  return sort.startsWith('-') ? { by: sorts[sort.slice(1)], descending: true } : { by: sorts[sort] };
}

/** Answer with one page of the rows of `rows`, a knex query on `table`. */
export async function sendPage(request, reply, { rows, table, page, present }) {
  const { by, descending, size, after } = page;
  const column = `${table}.${by.column}`;
  const found = await rows
    .modify((query) => after && query.where((place) => behind(place, table, page)))
    .orderByRaw(`?? ${descending ? 'desc' : 'asc'} nulls last`, [column])
    .orderBy(`${table}.id`)
    .limit(size + 1);
  const data = found.slice(0, size);
  const nextCursor = found.length > size ? writeCursor(data.at(-1), page) : null;
  reply.header('Link', links(request, size, nextCursor));
  return { data: data.map(present), page: { limit: size, nextCursor, count: data.length } };
}

function behind(place, table, { by, descending, after: [value, id] }) {
  const column = `${table}.${by.column}`;
  place.where((tie) => tie.where(column, value).where(`${table}.id`, '>', id));
  if (value === null) return;
  place.orWhere(column, descending ? '<' : '>', value);
  if (by.nullable) place.orWhereNull(column);
}

function writeCursor(row, { by, list }) {
  return Buffer.from(JSON.stringify({ list, after: [row[by.column], row.id] })).toString('base64');
}

function readCursor(raw, { by, list }) {
  if (raw === undefined) return null;
  try {
    const cursor = JSON.parse(Buffer.from(raw, 'base64').toString());
    const [value, last] = cursor.after;
    if (cursor.list !== list) throw new Error('of another list');
    return [value === null && by.nullable ? null : by.rule(value), id(last)];
  } catch {
    throw new Problem(400, { detail: 'The cursor is not one of this list.' });
  }
}

function links(request, size, nextCursor) {
  const query = new URLSearchParams(request.url.split('?')[1]);
  query.set('limit', size);
  query.delete('cursor');
  const first = `<?${query}>; rel="first"`;
  if (!nextCursor) return first;
  query.set('cursor', nextCursor);
  return `${first}, <?${query}>; rel="next"`;
}
