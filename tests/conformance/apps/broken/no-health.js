import http from "node:http";

http.createServer((_request, response) => {
  response.writeHead(404);
  response.end("not found");
}).listen(process.env.PORT, process.env.HOST ?? "0.0.0.0");
