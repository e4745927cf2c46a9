import { assignments, changesOf } from '../../db/changes.js';
import { keyset } from '../../db/keyset.js';
import { mustMatch } from '../../http/etag.js';
import { notFound, Problem } from '../../http/problem.js';
import { mustOwn, visibleProject } from '../projects/access.js';
import { conditions } from './filter.js';
import * as queries from './queries.js';

export function createTasks({ db }) {
  return {
    async create(actor, projectId, read) {
      await visibleProject(db, actor, projectId);
      return queries.insertTask(db, projectId, read());
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

    update: (actor, id, read, ifMatch) => db.transaction(async (tx) => {
      const { task } = await visibleTask(tx, actor, await queries.lockTask(tx, id));
      const changes = changesOf(task, read());
      mustMatch(ifMatch, task);
      if (Object.keys(changes).length === 0) return task;
      return queries.updateTask(tx, id, assignments(changes, queries.taskColumns));
    }),

    remove: (actor, id, ifMatch) => db.transaction(async (tx) => {
      const { task, project } = await visibleTask(tx, actor, await queries.lockTask(tx, id));
      mustOwn(actor, project);
      mustMatch(ifMatch, task);
      await queries.deleteTask(tx, id);
    }),
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
