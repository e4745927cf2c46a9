import { fileURLToPath } from 'node:url';
import { connect, exclusively } from '../lib/database.js';
import { readDatabaseSettings } from '../lib/settings.js';
import { run } from './run.js';

await run(async () => {
  const settings = readDatabaseSettings(process.env);
  const db = connect(settings, {
    directory: fileURLToPath(new URL('../migrations', import.meta.url)),
    loadExtensions: ['.mjs'],
  });
  await exclusively(settings, async () => {
    // Whoever died while migrating left knex's own lock behind; nobody else can be migrating now.
    await db.migrate.forceFreeMigrationsLock();
    const [, applied] = await db.migrate.latest();
    console.log(`migrations applied: ${applied.length}`);
  });
  await db.destroy();
});
