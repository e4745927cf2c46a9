import { createServer } from 'node:http';
createServer((request, response) => {
  response.statusCode = 500;
  response.end('out of order');
}).listen(process.env.PORT, process.env.HOST);
