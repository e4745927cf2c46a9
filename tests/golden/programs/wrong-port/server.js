import { createServer } from 'node:http';
createServer((request, response) => response.end('hi')).listen(0, process.env.HOST, function () {
  console.log('listening somewhere else');
});
