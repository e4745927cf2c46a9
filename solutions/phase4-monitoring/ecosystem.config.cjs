const { join } = require('node:path');

// Variables come from whoever starts PM2: what stands in `env` here would win over theirs.
const logs = process.env.LOG_DIR || join(__dirname, 'logs');

/** One app under PM2: restarted when it ends or grows too large, given up when it cannot live. */
const app = (name, script, { memory, killAfterMs }) => ({
  name,
  script,
  cwd: __dirname,
  out_file: join(logs, `${name}.out.log`),
  error_file: join(logs, `${name}.error.log`),
  merge_logs: true,
  max_memory_restart: memory,
  // Ten ends within five seconds each are no accident: PM2 gives up, and says `errored`.
  min_uptime: 5_000,
  max_restarts: 10,
  // PM2's own 1.6 s would cut off requests and mails that are still in hand.
  kill_timeout: killAfterMs,
  // There is one process to stop, and to look for others PM2 needs `ps`: where an image has none, as node:24-slim,
  // it starts twice what it stops once.
  treekill: false,
});

module.exports = {
  apps: [
    app('api', 'src/server.js', { memory: '300M', killAfterMs: 9_000 }),
    app('worker', 'src/worker.js', { memory: '200M', killAfterMs: 13_000 }),
  ],
};
