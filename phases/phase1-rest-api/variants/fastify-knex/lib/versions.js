/** The versions that an `If-Match` accepts; null for any. A tag that no object of ours has matches nothing. */
export function wantedVersions(request) {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return null;
  return header
    .split(',')
    .map((tag) => /^"(\d{1,9})"$/.exec(tag.trim()))
    .filter(Boolean)
    .map((match) => Number(match[1]));
}
