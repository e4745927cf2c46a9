import * as jobs from './queries.js';

/** Makes a job of each assignment that somebody should be told of. */
export function createAssignments({ config, relay }) {
  return {
    /** Call it in the transaction of the change, so that there is a job if, and only if, there is the change. */
    async record(tx, actor, before, task) {
      const { assigneeId } = task;
      if (assigneeId === null || assigneeId === before?.assigneeId || assigneeId === actor.id) return;
      await jobs.insert(tx, { taskId: task.id, assigneeId, maxAttempts: config.JOB_ATTEMPTS });
    },

    /** Call it after the commit. Nobody waits for Redis here. */
    committed: () => relay.kick(),
  };
}
