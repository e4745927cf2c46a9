import { assignments as columnsOf, changesOf } from '../../db/changes.js';
import { keyset } from '../../db/keyset.js';
import { mustMatch } from '../../http/etag.js';
import { notFound, Problem } from '../../http/problem.js';
import { mustOwn, visibleProject } from '../projects/access.js';
import { conditions } from './filter.js';
import * as queries from './queries.js';

/** Each change is told to `events` after its transaction, with the rows as that transaction saw them; jobs are recorded within. */
export function createTasks({ db, events, assignments }) {
  return {
    async create(actor, projectId, read) {
      await visibleProject(db, actor, projectId);
      const given = read();
      const task = await db.transaction(async (tx) => {
        const inserted = await queries.insertTask(tx, projectId, given);
        await assignments.record(tx, actor, undefined, inserted);
        return inserted;
      });
      assignments.committed();
      events.created(actor, task);
      return task;
    },

    async get(actor, id) {
      return (await visibleTask(db, actor, await queries.findTask(db, id))).task;
    },

    list: (actor, page) =>
      queries.listTasks(db, keyset(page, { ...conditions(actor, page.filter), idColumn: 't.id' })),

    async listOf(actor, projectId, page) {
      await visibleProject(db, actor, projectId);
      return this.list(actor, { ...page, filter: { ...page.filter, projectId } });
    },

    async update(actor, id, read, ifMatch) {
      const { before, after } = await db.transaction(async (tx) => {
        const { task } = await visibleTask(tx, actor, await queries.lockTask(tx, id));
        const changes = changesOf(task, read());
        mustMatch(ifMatch, task);
        if (Object.keys(changes).length === 0) return { before: task, after: task };
        const updated = await queries.updateTask(tx, id, columnsOf(changes, queries.taskColumns));
        await assignments.record(tx, actor, task, updated);
        return { before: task, after: updated };
      });
      assignments.committed();
      events.updated(actor, before, after);
      return after;
    },

    async remove(actor, id, ifMatch) {
      const removed = await db.transaction(async (tx) => {
        const { task, project } = await visibleTask(tx, actor, await queries.lockTask(tx, id));
        mustOwn(actor, project);
        mustMatch(ifMatch, task);
        await queries.deleteTask(tx, id);
        return task;
      });
      events.deleted(actor, removed);
    },
  };
}

/** A task is seen by those who see its project, and is unknown to all others. */
async function visibleTask(q, actor, task) {
  if (!task) throw unknownTask();
  try {
    return { task, project: await visibleProject(q, actor, task.projectId) };
  } catch (error) {
    // In the words of a task that is not there, else the answer would tell that it is.
    throw error instanceof Problem ? unknownTask() : error;
  }
}

const unknownTask = () => notFound('There is no such task.');
