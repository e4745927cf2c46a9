// What PM2 runs: `npx pm2 start ecosystem.config.cjs`. CommonJS, whatever package.json says of the rest.
module.exports = {
  apps: [
    // TODO(pm2-logging): the apps `api` (src/server.js) and `worker` (src/worker.js): for each `name`, `script`,
    // `out_file` and `error_file` in LOG_DIR (`process.env.LOG_DIR || './logs'`). No `env`: it would win over the
    // variables of whoever starts PM2.
    // TODO(⭐ pm2-logging): `max_memory_restart`; `kill_timeout`, so that requests in flight get their answers;
    // `treekill: false`; how often an app is restarted that cannot live.
  ],
};
