import { spawn } from "node:child_process";
import http from "node:http";

import { dependencies, required } from "./dependencies.js";

// What a request may make this app do, so that the suite can watch a runtime cope.
const deeds = {
  ...dependencies,
  "/healthz": () => "ok",
  "/env": () => JSON.stringify(process.env),
  "/pid": () => String(process.pid),
  "/exit": (query) => setImmediate(() => process.exit(Number(query.get("code")))) && "exiting",
  "/log": (query) => console.log(query.get("text")) ?? "logged",
  "/flood": (query) => {
    const line = "x".repeat(Number(query.get("width"))) + "\n";
    for (let n = 0; n < Number(query.get("lines")); n += 1) process.stdout.write(line);
    return "flooded";
  },
  "/orphan": () => {
    // Twice forked and in a session of its own: nothing but its environment tells whose it is.
    const script = "setInterval(() => {}, 1000)";
    const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(script)}],
      { detached: true, stdio: "ignore" }).unref()`;
    spawn(process.execPath, ["-e", parent], { detached: true, stdio: "ignore" }).unref();
    return "forked";
  },
};

if (process.env.REFUSE) throw new Error(process.env.REFUSE);

await required();
for (const plugin of (process.env.PLUGINS ?? "").split(",").filter(Boolean)) await import(plugin);

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, "http://app");
  const deed = deeds[url.pathname];
  const said = deed ? await deed(url.searchParams) : "no such deed";
  response.writeHead(deed ? 200 : 404);
  response.end(said);
});

if (!process.env.STUBBORN) {
  process.on("SIGTERM", () => {
    console.log("asked to end");
    process.exit(Number(process.env.EXIT_CODE ?? 0));
  });
} else {
  process.on("SIGTERM", () => {});
}
process.on("SIGUSR2", () => console.log("got SIGUSR2"));
server.listen(process.env.PORT, process.env.HOST ?? "0.0.0.0", () => console.log(`listening ${process.pid}`));
