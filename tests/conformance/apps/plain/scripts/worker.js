import http from "node:http";
import net from "node:net";
import process from "node:process";

if (process.env.WORKER_DIES) {
  console.error("there is no queue to work on");
  process.exit(6);
}
if (process.env.WORKER_NEEDS) {
  const url = new URL(process.env[process.env.WORKER_NEEDS]);
  const fall = () => process.exit(9);
  net.connect(Number(url.port), url.hostname).on("error", fall).on("close", fall);
}
process.on("SIGTERM", () => {
  console.log("worker asked to end");
  process.exit(3);
});
const began = Date.now();
if (process.env.WORKER_PORT) {
  const answer = (_, response) => response.end(`worker_up 1\nworker_began ${began}\n`);
  http.createServer(answer).listen(process.env.WORKER_PORT, process.env.HOST ?? "0.0.0.0");
}
setInterval(() => {}, 1000);
console.log(`worker ${process.pid}`);
