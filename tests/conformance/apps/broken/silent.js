import http from "node:http";

http.createServer(() => {}).listen(process.env.PORT, process.env.HOST ?? "0.0.0.0");
