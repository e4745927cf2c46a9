import { notFound, Problem, sendProblem } from './problem.js';

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
  // TODO(crud): Express and its body parser put the right 4xx in `error.status` (400 malformed JSON, 413 too large):
  // keep it. Everything else stays a 500 that says nothing; its stack is in the log only.
  return new Problem(500);
}
