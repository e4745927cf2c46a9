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
setInterval(() => {}, 1000);
console.log(`worker ${process.pid}`);
