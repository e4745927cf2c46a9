/**
 * Keyset paging: a page starts after the last row seen, so inserts and deletes never shift it.
 * A sort is `{ field, value, column, type, order(sql, direction) }`: the row's public field and its zod schema,
 * the column and its type, and how both sides of the comparison are ordered.
 */
export function keyset({ by, after, size }, { where, values, idColumn }) {
  const order = (sql) => (by.order ? by.order(sql, by.direction) : sql);
  const key = order(by.column);
  const conditions = [...where];
  const all = [...values];
  if (after) {
    all.push(after.value, after.id);
    const start = order(`$${all.length - 1}::${by.type}`);
    conditions.push(`(${key}, ${idColumn}) ${by.direction === 'ASC' ? '>' : '<'} (${start}, $${all.length}::uuid)`);
  }
  return {
    // One row more than asked for tells whether there is a next page.
    sql: `${whereClause(conditions)} ORDER BY ${key} ${by.direction}, ${idColumn} ${by.direction} LIMIT ${size + 1}`,
    values: all,
  };
}

const whereClause = (conditions) => (conditions.length ? `WHERE ${conditions.join(' AND ')}` : '');
