import http from "node:http";

http.createServer((_request, response) => {
  response.writeHead(503);
  response.end("the pool is empty");
}).listen(process.env.PORT, process.env.HOST ?? "0.0.0.0");
