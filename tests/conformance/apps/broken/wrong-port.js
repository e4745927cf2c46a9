import http from "node:http";

http.createServer((_request, response) => response.end("ok")).listen(45731, process.env.HOST ?? "0.0.0.0");
