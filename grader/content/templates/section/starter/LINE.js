/** GET /@LINE@?name=Ann greets by name. */
export function @IDENT@(query) {
  // TODO(@LINE@): answer 200 and the greeting that the brief shows.
  return { status: 501, body: { title: `Not implemented: ${query}` } };
}
