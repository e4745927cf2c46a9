import express from 'express';

/** Reads JSON bodies into `req.body`, which stays undefined without one. */
export function jsonBody(limit) {
  // TODO(crud): a body that is not application/json is 415; today express.json() skips it in silence.
  // A request without a body (or with `Content-Length: 0`) is fine.
  return express.json({ limit });
}
