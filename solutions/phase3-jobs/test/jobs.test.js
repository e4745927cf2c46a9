import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAssignments } from '../src/features/jobs/assignments.js';
import { readJobConfig } from '../src/features/jobs/config.js';

const good = { REDIS_URL: 'redis://localhost', SMTP_URL: 'smtp://localhost:25', MAIL_FROM: 'tasks@example.com' };

test('unset variables have their defaults', () => {
  const { JOB_ATTEMPTS, JOB_BACKOFF_MS, JOB_LOCK_MS, WORKER_CONCURRENCY } = readJobConfig(good);
  assert.deepEqual([JOB_ATTEMPTS, JOB_BACKOFF_MS, JOB_LOCK_MS, WORKER_CONCURRENCY], [5, 1000, 30_000, 5]);
});

for (const [name, value] of Object.entries({ REDIS_URL: '', SMTP_URL: 'mail.example.com', MAIL_FROM: 'nobody', JOB_ATTEMPTS: '0' })) {
  test(`a bad ${name} is refused without its value`, () => {
    assert.throws(() => readJobConfig({ ...good, [name]: value }), (error) =>
      error.message.includes(name) && !(value && error.message.includes(`${name} ${value}`)));
  });
}

const cases = [
  ['a new assignee', 'ann', null, 'ben', true],
  ['another assignee', 'ann', 'cat', 'ben', true],
  ['the same assignee', 'ann', 'ben', 'ben', false],
  ['nobody', 'ann', 'ben', null, false],
  ['oneself', 'ann', null, 'ann', false],
];
for (const [who, actor, before, after, told] of cases) {
  test(`an assignment to ${who} is ${told ? 'told' : 'not told'}`, async () => {
    const written = [];
    const tx = { query: async (sql, values) => written.push(values) };
    const assignments = createAssignments({ config: { JOB_ATTEMPTS: 5 }, relay: {} });
    await assignments.record(tx, { id: actor }, { assigneeId: before }, { id: 'task', assigneeId: after });
    assert.deepEqual(written, told ? [['task', after, 5]] : []);
  });
}
