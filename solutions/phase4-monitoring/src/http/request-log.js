import { routeOf } from './route.js';

/** One line per request, written when its answer is out or its client is gone. */
export function requestLog(log) {
  return (req, res, next) => {
    const started = performance.now();
    res.once('close', () => log.info('request', {
      requestId: req.id,
      method: req.method,
      path: req.originalUrl.split('?')[0],
      route: routeOf(req),
      status: res.statusCode,
      durationMs: Math.round(performance.now() - started),
      userId: req.user?.id,
    }));
    next();
  };
}
