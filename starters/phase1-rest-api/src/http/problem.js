import { STATUS_CODES } from 'node:http';

/** An error that may be shown to the client: RFC 9457 problem details plus headers. Throw it anywhere. */
export class Problem extends Error {
  constructor(status, detail, { headers = {}, ...extra } = {}) {
    super(detail ?? STATUS_CODES[status]);
    Object.assign(this, { status, detail, headers, extra });
  }
}

export const badRequest = (detail) => new Problem(400, detail);
export const unauthorized = (detail) => new Problem(401, detail, { headers: { 'WWW-Authenticate': 'Bearer' } });
export const forbidden = (detail) => new Problem(403, detail);
export const notFound = (detail) => new Problem(404, detail);
export const conflict = (detail) => new Problem(409, detail);
export const invalid = (errors) => new Problem(422, 'The request has invalid values.', { errors });

/** What every stub throws; gone when the last stub is. */
export const todo = (line) => new Problem(501, `Not built yet: line ${line}.`);

export function sendProblem(res, { status, detail, headers, extra }) {
  res.status(status).set(headers ?? {}).type('application/problem+json');
  res.send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, ...extra }));
}
