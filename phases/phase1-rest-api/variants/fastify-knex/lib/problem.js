import { STATUS_CODES } from 'node:http';

/** An answer that is an error: thrown anywhere, sent in one place. */
export class Problem extends Error {
  constructor(status, { detail, errors, headers = {} } = {}) {
    super(detail ?? STATUS_CODES[status]);
    Object.assign(this, { status, detail, errors, headers });
  }
}

export const notFound = () => new Problem(404);
export const forbidden = () => new Problem(403);
export const conflict = (detail) => new Problem(409, { detail });
export const stale = () => new Problem(412, { detail: 'The object has another version by now.' });
export const invalid = (...errors) => new Problem(400, { detail: 'Some values are not valid.', errors });
export const unauthorized = (detail) => new Problem(401, { detail, headers: { 'WWW-Authenticate': 'Bearer' } });
export const tooMany = (seconds) => new Problem(429, { headers: { 'Retry-After': String(seconds) } });

export function sendProblem(reply, { status, detail, errors, headers }) {
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, detail, errors };
  return reply
    .code(status)
    .headers({ ...headers, 'Content-Type': 'application/problem+json' })
    .send(JSON.stringify(body));
}
