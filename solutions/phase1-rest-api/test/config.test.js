import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../src/config.js';

const good = { DATABASE_URL: 'postgres://localhost/tasks', JWT_SECRET: 'x'.repeat(32) };

test('unset variables have their defaults', () => {
  const { PORT, JWT_TTL_S, CORS_ORIGINS } = readConfig(good);
  assert.deepEqual({ PORT, JWT_TTL_S, CORS_ORIGINS }, { PORT: 3000, JWT_TTL_S: 900, CORS_ORIGINS: [] });
});

for (const [name, value] of Object.entries({ JWT_SECRET: 'short', DATABASE_URL: '', PORT: '99999', DB_POOL_MAX: '0', ADMIN_EMAIL: 'a@b.co' })) {
  test(`a bad ${name} is refused without its value`, () => {
    const named = name === 'ADMIN_EMAIL' ? 'ADMIN_PASSWORD' : name;
    assert.throws(() => readConfig({ ...good, [name]: value }), (error) =>
      error.message.includes(named) && !(value && error.message.includes(value)));
  });
}
