import express from 'express';
import { badRequest, Problem } from './problem.js';

/** Reads JSON bodies: 415 for other types, 400 for malformed JSON, 413 above the limit. */
export function jsonBody(limit) {
  const parse = express.json({ limit });
  return (req, res, next) => {
    if (hasBody(req) && !req.is('application/json')) throw new Problem(415, 'Send application/json.');
    parse(req, res, (error) => next(error && readable(error)));
  };
}

// Clients send `Content-Length: 0` with a PUT that says it all in its path.
const hasBody = ({ headers }) => 'transfer-encoding' in headers || Number(headers['content-length']) > 0;

function readable(error) {
  if (error.type === 'entity.parse.failed') return badRequest('The body is not valid JSON.');
  if (error.type === 'entity.too.large') return new Problem(413, 'The body is too large.');
  return error;
}
