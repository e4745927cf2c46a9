/** The given fields that differ from the row: `{ title: 'new' }`. */
export function changesOf(row, given) {
  return Object.fromEntries(Object.entries(given).filter(([field, value]) => !same(row[field], value)));
}

const same = (a, b) => (a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b);

/** `{ title: 'new' }` as `title = $1` and its values: only what is given is written, so no other field is lost. */
export function assignments(changes, columns) {
  const fields = Object.keys(changes);
  return {
    sql: fields.map((field, index) => `${columns[field]} = $${index + 1}`).join(', '),
    values: fields.map((field) => changes[field]),
    next: `$${fields.length + 1}`,
  };
}
