import { randomUUID } from 'node:crypto';

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;

/** Keeps the caller's id where it is harmless in a log, makes one otherwise, and always returns it. */
export function requestId(req, res, next) {
  const given = req.get('X-Request-Id') ?? '';
  req.id = ACCEPTED.test(given) ? given : randomUUID();
  res.set('X-Request-Id', req.id);
  next();
}
