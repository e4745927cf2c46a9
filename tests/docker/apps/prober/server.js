import dns from "node:dns/promises";
import fs from "node:fs/promises";
import http from "node:http";
import net from "node:net";

// What a hostile app could find out, as far as the tests ask: files, writes, connections, names.
const SECONDS = 2;

function connect(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: SECONDS * 1000 });
    socket.on("connect", () => socket.destroy(resolve("connected")));
    socket.on("timeout", () => socket.destroy(resolve("timeout")));
    socket.on("error", (error) => resolve(error.code));
  });
}

const answer = (work) => work.catch((error) => error.code);

const deeds = {
  "/healthz": async () => "ok",
  "/whoami": async () => `${process.getuid()}:${process.getgid()}`,
  "/read": async (query) => answer(fs.readFile(query.get("path"), "utf8")),
  "/write": async (query) => answer(fs.writeFile(query.get("path"), "x").then(() => "written")),
  "/connect": async (query) => connect(query.get("host"), Number(query.get("port"))),
  "/lookup": async (query) => answer(dns.lookup(query.get("name")).then(({ address }) => address)),
};

http
  .createServer(async (request, response) => {
    const url = new URL(request.url, "http://app");
    response.end(String(await deeds[url.pathname](url.searchParams)));
  })
  .listen(process.env.PORT, process.env.HOST);
