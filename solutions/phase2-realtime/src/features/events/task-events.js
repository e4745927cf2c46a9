import { randomUUID } from 'node:crypto';

const FIELDS = ['title', 'description', 'status', 'priority', 'assigneeId', 'dueDate'];

/** Tells the bus what happened to tasks. Call it once the change is committed: what is emitted cannot be taken back. */
export function createTaskEvents({ bus }) {
  const emit = (name, actor, details) =>
    bus.emit(name, { eventId: randomUUID(), occurredAt: new Date().toISOString(), actorId: actor.id, ...details });

  const assigned = (actor, task, previousAssigneeId) => {
    const { assigneeId } = task;
    if (assigneeId === null || assigneeId === previousAssigneeId) return;
    emit('taskAssigned', actor, { task, assigneeId, previousAssigneeId });
  };

  return {
    created(actor, task) {
      emit('taskCreated', actor, { task });
      assigned(actor, task, null);
    },

    updated(actor, before, task) {
      const changes = differences(before, task);
      if (Object.keys(changes).length === 0) return;
      emit('taskUpdated', actor, { task, changes });
      assigned(actor, task, before.assigneeId);
    },

    deleted: (actor, task) => emit('taskDeleted', actor, { task }),
  };
}

function differences(before, after) {
  const changed = FIELDS.filter((field) => !same(before[field], after[field]));
  return Object.fromEntries(changed.map((field) => [field, { from: before[field], to: after[field] }]));
}

const same = (a, b) => (a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b);
