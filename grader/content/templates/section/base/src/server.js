import { createServer } from 'node:http';
import { answer } from './app.js';

const server = createServer((request, response) => {
  const { status, body } = answer(request.method, request.url);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
});
server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '0.0.0.0');

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => server.close(() => process.exit(0)));
}
