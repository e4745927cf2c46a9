import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  throw new Error('nobody expects a request');
}).listen(process.env.PORT, process.env.HOST);
