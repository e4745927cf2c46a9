import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

// A supervisor that never gives up, as process managers are.
if (process.argv[2] === "worker") {
  console.error("worker fell over");
  setTimeout(() => process.exit(1), 300);
} else {
  const again = () => fork(fileURLToPath(import.meta.url), ["worker"]).on("exit", again);
  again();
}
