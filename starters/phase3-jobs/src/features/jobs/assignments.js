/** Makes a job of each assignment that somebody should be told of. */
export function createAssignments({ config, db, queue, log }) {
  return {
    /** For your tasks service to call in the transaction of a change; `before` is the task as it was. */
    async record(tx, actor, before, task) {
      // TODO(email-job): whom does the brief want to be told? Write it into a table (an outbox), or add the job here.
    },

    /** For your tasks service to call after the commit. */
    committed() {
      // TODO(email-job): bring what was written down to the queue, and nobody waits for it here.
    },

    stop() {
      // TODO(⭐ email-job): end what brings left-over rows to the queue.
    },
  };
}
