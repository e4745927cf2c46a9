import { SettingsError } from '../lib/settings.js';

/** Run a command; say on one line what stopped it, with exit code 1. */
export async function run(command) {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof SettingsError ? error.message : error);
    process.exit(1);
  }
}
