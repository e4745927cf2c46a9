import { buildApp } from '../lib/app.js';
import { connect } from '../lib/database.js';
import { readServiceSettings } from '../lib/settings.js';
import { ensureFirstAdmin } from '../lib/store/users.js';
import { run } from './run.js';

// Under the 10 s that the process has to end in, so that a client who never finishes cannot hold it.
const LAST_CALL_MS = 8000;

await run(async () => {
  const settings = readServiceSettings(process.env);
  const db = connect(settings);
  const app = buildApp(settings, db);

  async function stop() {
    setTimeout(() => process.exit(0), LAST_CALL_MS).unref();
    await app.close();
    await db.destroy();
    process.exit(0);
  }
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  await ensureFirstAdmin(db, settings.firstAdmin);
  await app.listen({ host: settings.host, port: settings.port });
});
