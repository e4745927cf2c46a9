const { join } = require('node:path');

// Variables come from whoever starts PM2: what stands in `env` here would win over theirs.
const logs = process.env.LOG_DIR || join(__dirname, 'logs');

/** One app under PM2: restarted when it ends or grows too large, ever more slowly while it keeps ending. */
const app = (name, script, { memory, killAfterMs }) => ({
  name,
  script,
  cwd: __dirname,
  out_file: join(logs, `${name}.out.log`),
  error_file: join(logs, `${name}.error.log`),
  merge_logs: true,
  max_memory_restart: memory,
  exp_backoff_restart_delay: 200,
  // PM2's own 1.6 s would cut off requests and mails that are still in hand.
  kill_timeout: killAfterMs,
});

module.exports = {
  apps: [
    app('api', 'src/server.js', { memory: '300M', killAfterMs: 9_000 }),
    app('worker', 'src/worker.js', { memory: '200M', killAfterMs: 13_000 }),
  ],
};
