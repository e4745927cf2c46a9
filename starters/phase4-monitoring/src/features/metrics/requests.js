/** Returns the middleware that counts and times every request; it has to be the first of all. */
export function measureRequests(registry) {
  // TODO(metrics): a `Counter` http_requests_total and a `Histogram` http_request_duration_seconds of prom-client, both
  // with the labels method, route and status_code, in `registry`.
  return (req, res, next) => {
    // TODO(metrics): when the answer is out (`res.once('close', …)`) count it and observe its seconds. The route is the
    // template that was matched, or `unmatched`: by then `req.baseUrl` is no longer that of the inner router.
    next();
  };
}
