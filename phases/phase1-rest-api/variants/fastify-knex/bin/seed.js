import { fileURLToPath } from 'node:url';
import { connect, exclusively } from '../lib/database.js';
import { readDatabaseSettings } from '../lib/settings.js';
import { run } from './run.js';

await run(async () => {
  const settings = readDatabaseSettings(process.env);
  const db = connect(settings);
  await exclusively(settings, () =>
    db.seed.run({
      directory: fileURLToPath(new URL('../seeds', import.meta.url)),
      loadExtensions: ['.mjs'],
    }),
  );
  await db.destroy();
});
