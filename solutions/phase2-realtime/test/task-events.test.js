import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bus } from '../src/features/events/bus.js';
import { createTaskEvents } from '../src/features/events/task-events.js';

const actor = { id: 'somebody' };
const task = { id: '1', title: 'Old', description: '', status: 'todo', priority: 'low', assigneeId: null, dueDate: new Date(0) };

function recorded(tell) {
  const seen = [];
  const bus = new Bus({ log: { error() {} } });
  for (const name of ['taskCreated', 'taskUpdated', 'taskAssigned', 'taskDeleted']) {
    bus.on(name, (event) => seen.push({ name, ...event }));
  }
  tell(createTaskEvents({ bus }));
  return seen;
}

test('an update says what changed, from what, to what', () => {
  const [event] = recorded((events) => events.updated(actor, task, { ...task, title: 'New', dueDate: new Date(0) }));
  assert.deepEqual(event.changes, { title: { from: 'Old', to: 'New' } });
  assert.equal(event.actorId, 'somebody');
});

test('an update that changes nothing is none', () => {
  assert.deepEqual(recorded((events) => events.updated(actor, task, { ...task })), []);
});

test('only a new assignee is assigned', () => {
  const names = (before, after) =>
    recorded((events) => events.updated(actor, { ...task, ...before }, { ...task, ...after })).map(({ name }) => name);
  assert.deepEqual(names({}, { assigneeId: 'a' }), ['taskUpdated', 'taskAssigned']);
  assert.deepEqual(names({ assigneeId: 'a' }, {}), ['taskUpdated']);
  assert.deepEqual(names({ assigneeId: 'a' }, { assigneeId: 'a', title: 'New' }), ['taskUpdated']);
});
