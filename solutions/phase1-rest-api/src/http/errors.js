import { conflict, notFound, Problem, sendProblem } from './problem.js';

export const noSuchRoute = () => {
  throw notFound('There is nothing at this address.');
};

/** The last middleware: whatever was thrown becomes a problem that tells nothing about the inside. */
export function errorHandler(log) {
  return (error, req, res, next) => {
    const problem = asProblem(error);
    if (problem.status >= 500) log.error(error.message, { requestId: req.id, stack: error.stack });
    if (res.headersSent) return next(error);
    sendProblem(res, problem);
  };
}

function asProblem(error) {
  if (error instanceof Problem) return error;
  if (databaseIsUnusable(error)) return new Problem(503, 'The database is not available.', { headers: { 'Retry-After': '1' } });
  // What the request refers to was deleted while it ran.
  if (error.code === '23503') return conflict('Something else changed at the same moment.');
  // Class 22, "data exception": a value that passed validation and that Postgres still cannot store.
  if (/^22/.test(error.code)) return new Problem(422, 'The request has invalid values.');
  // Express and its body parser mark the errors that the client made.
  if (error.status >= 400 && error.status < 500) return new Problem(error.status);
  return new Problem(500);
}

const UNUSABLE = /^(08|53|57P|40001|40P01|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/;

function databaseIsUnusable(error) {
  return UNUSABLE.test(error.code ?? '') || /^Connection terminated|timeout exceeded when trying to connect|^Client has encountered a connection error/.test(error.message);
}
