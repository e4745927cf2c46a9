import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, text } from '../src/http/validate.js';

for (const given of ['2030-02-28T23:59:59Z', '2028-02-29T00:00:00.123+02:00', '2030-01-01t00:00:00z']) {
  test(`${given} is an instant`, () => assert.ok(instant.safeParse(given).success));
}

for (const given of ['2030-02-29T00:00:00Z', '2030-01-01', '2030-01-01T00:00:00', '0001-01-01T00:00:00+14:00', 'tomorrow', 5]) {
  test(`${given} is not an instant`, () => assert.ok(!instant.safeParse(given).success));
}

test('a NUL character is refused, Postgres cannot store it', () => {
  assert.ok(!text(1, 10).safeParse('a\0b').success);
});
