import { createServer } from 'node:http';

/** Serves `GET /metrics` of a process that has no other HTTP server; returns that server. */
export function serveMetrics({ registry, port, host, log }) {
  const server = createServer(async (req, res) => {
    const found = req.method === 'GET' && req.url.split('?')[0] === '/metrics';
    if (!found) return res.writeHead(404).end();
    try {
      const text = await registry.metrics();
      res.writeHead(200, { 'Content-Type': registry.contentType }).end(text);
    } catch (error) {
      log.error('metrics', { stack: error.stack });
      res.writeHead(500).end();
    }
  });
  server.on('error', (error) => {
    log.error('cannot serve metrics', { error: error.message });
    process.exit(1);
  });
  return server.listen(port, host, () => log.info('metrics', server.address()));
}
