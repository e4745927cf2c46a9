import net from "node:net";

// Plain sockets to what the variables name: the suite watches what a client sees of each fault.
const held = { socket: null, got: "", fate: "" };

function dial(name) {
  const url = new URL(process.env[name]);
  return net.connect(Number(url.port), url.hostname);
}

// Connects, says a line (or nothing), and tells what came first: bytes, an error, the end, or time.
function ask(query) {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = dial(query.get("to"));
    const tell = (got) => {
      socket.destroy();
      resolve(JSON.stringify({ got: String(got), ms: performance.now() - began }));
    };
    socket.setTimeout(Number(query.get("ms") ?? 3000), () => tell("silence"));
    socket.on("error", (error) => tell(error.code));
    socket.on("end", () => tell("end"));
    socket.on("connect", () => query.get("say") && socket.write(`${query.get("say")}\r\n`));
    let got = "";
    socket.on("data", (data) => {
      got += data;
      if (got.length >= Number(query.get("bytes") ?? 1)) tell(got.slice(0, 100));
    });
  });
}

function hold(query) {
  Object.assign(held, { socket: dial(query.get("to")), got: "", fate: "" });
  held.socket.on("data", (data) => (held.got += data));
  held.socket.on("error", (error) => (held.fate = error.code));
  held.socket.on("end", () => (held.fate ||= "end"));
  return new Promise((resolve) => held.socket.on("connect", () => resolve("held")));
}

function say(query) {
  held.socket.write(`${query.get("text")}\r\n`);
  return "said";
}

// One message by SMTP, step by step; tells the last reply, or how the connection ended.
function mail(query) {
  const letter = [`Subject: ${query.get("subject") ?? "hello"}`, "X-Task-Id: 7", "", "in the text", "."];
  const steps = ["EHLO app", "MAIL FROM:<app@example.test>", `RCPT TO:<${query.get("to")}>`, "DATA", letter.join("\r\n")];
  return new Promise((resolve) => {
    const socket = dial("SMTP_URL");
    let reply = "";
    socket.setTimeout(8000, () => resolve("silence") && socket.destroy());
    socket.on("error", (error) => resolve(error.code));
    socket.on("close", () => resolve("closed"));
    socket.on("data", (data) => {
      reply += data;
      if (!/^\d{3} [^\n]*\n$/m.test(reply)) return;
      const last = reply.trim().split("\n").pop().trim();
      reply = "";
      const next = /^[23]/.test(last) ? steps.shift() : undefined;
      if (next !== undefined) return socket.write(`${next}\r\n`);
      resolve(last);
      socket.end();
    });
  });
}

async function report(query) {
  const body = JSON.stringify({ said: query.get("text") });
  return String((await fetch(process.env.COLLECTOR_URL, { method: "POST", body })).status);
}

export const dependencies = {
  "/ask": ask,
  "/hold": hold,
  "/held": () => JSON.stringify({ got: held.got, fate: held.fate }),
  "/say": say,
  "/mail": mail,
  "/report": report,
};

// An app that does not listen before what it needs answers.
export async function required() {
  const name = process.env.NEEDS;
  if (!name) return;
  await new Promise((resolve, reject) => {
    const socket = dial(name);
    socket.on("error", reject);
    socket.on("data", () => resolve(socket.destroy()));
    socket.on("connect", () => socket.write("PING\r\n"));
  });
}
