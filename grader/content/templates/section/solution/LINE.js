/** GET /@LINE@?name=Ann greets by name. */
export function @IDENT@(query) {
  return { status: 200, body: { greeting: `Hello, ${query.get('name')}!` } };
}
