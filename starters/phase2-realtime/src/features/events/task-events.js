/**
 * Tells the bus what happened to tasks. Your tasks service calls these once a change is committed, never before:
 * what is emitted cannot be taken back.
 */
export function createTaskEvents({ bus }) {
  return {
    created(actor, task) {
      // TODO(broadcast): emit `taskCreated`. TODO(events): `taskAssigned`, if it was created with an assignee.
    },

    updated(actor, before, task) {
      // TODO(events): compare both, as `changes: { status: { from, to } }`. Nothing changed: no event.
      // Else emit `taskUpdated`, and `taskAssigned` too where `assigneeId` became another user.
    },

    deleted(actor, task) {
      // TODO(broadcast): emit `taskDeleted`.
    },
  };
}
