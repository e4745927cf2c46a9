import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { Bus } from '../src/features/events/bus.js';

const quiet = { error() {} };

test('the bus is an EventEmitter', () => assert.ok(new Bus({ log: quiet }) instanceof EventEmitter));

test('a listener that throws or rejects does not keep the event from the next one', async () => {
  const complaints = [];
  const bus = new Bus({ log: { error: (message, { error }) => complaints.push(error) } });
  const got = [];
  bus.on('some', () => { throw new Error('thrown'); });
  bus.on('some', async () => { throw new Error('rejected'); });
  bus.once('some', (value) => got.push(value));
  bus.emit('some', 1);
  bus.emit('some', 2);
  await new Promise(setImmediate);
  assert.deepEqual(got, [1]);
  assert.equal(complaints.length, 4);
});
