import { Problem } from './problem.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body as JSON; no body at all is undefined, as `PUT` of a member sends it. */
export function parseJson(bytes) {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new Problem(400, { detail: 'The body is not JSON in UTF-8.' });
  }
}
