/** Serves the metrics of the worker, which has no other HTTP server; returns what can be closed. */
export function serveMetrics({ registry, port, host, log }) {
  // TODO(metrics): a server of node:http on `port` and `host` that answers `GET /metrics` only.
  return { close() {} };
}
