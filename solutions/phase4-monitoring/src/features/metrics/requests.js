import { Counter, Gauge, Histogram } from 'prom-client';
import { routeOf } from '../../http/route.js';

const LABELS = ['method', 'route', 'status_code'];
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts and times every request, from its arrival until its answer is out or its client is gone. */
export function measureRequests(registry) {
  const total = new Counter({
    name: 'http_requests_total', help: 'Requests answered.', labelNames: LABELS, registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds', help: 'Time to answer a request.', labelNames: LABELS, buckets: BUCKETS_S,
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'http_requests_in_flight', help: 'Requests that wait for their answer.', registers: [registry],
  });

  return (req, res, next) => {
    const started = performance.now();
    inFlight.inc();
    res.once('close', () => {
      inFlight.dec();
      // Templates and status codes are few; ids and addresses would make a series each.
      const labels = { method: req.method, route: routeOf(req), status_code: res.statusCode };
      total.inc(labels);
      duration.observe(labels, (performance.now() - started) / 1000);
    });
    next();
  };
}
