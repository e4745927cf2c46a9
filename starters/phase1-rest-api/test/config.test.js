import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../src/config.js';

test('unset variables have their defaults', () => {
  const { PORT, HOST } = readConfig({ DATABASE_URL: 'postgres://localhost/tasks' }, ['PORT', 'HOST', 'DATABASE_URL']);
  assert.deepEqual({ PORT, HOST }, { PORT: 3000, HOST: '0.0.0.0' });
});

test('a missing required variable is named', () => {
  assert.throws(() => readConfig({}, ['DATABASE_URL']), /DATABASE_URL/);
});
