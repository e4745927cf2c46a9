import { assignments, changesOf } from '../../db/changes.js';
import { onConstraint } from '../../db/constraint.js';
import { keyset } from '../../db/keyset.js';
import { mustMatch } from '../../http/etag.js';
import { conflict, notFound } from '../../http/problem.js';
import { isAdmin, isMemberSql, mustOwn, visibleProject } from './access.js';
import * as queries from './queries.js';

export function createProjects({ db }) {
  /** Runs `work` with the project locked, so that what was checked still holds when it is written. */
  const locked = (actor, id, work) => db.transaction(async (tx) => {
    await queries.lockProject(tx, id);
    return work(tx, await visibleProject(tx, actor, id));
  });

  return {
    create: (actor, given) => db.transaction(async (tx) =>
      queries.findProject(tx, await queries.insertProject(tx, given, actor.id))),

    get: (actor, id) => visibleProject(db, actor, id),

    list(actor, page) {
      const own = { where: [isMemberSql('p.id', '$1')], values: [actor.id] };
      const scope = isAdmin(actor) ? { where: [], values: [] } : own;
      return queries.listProjects(db, keyset(page, { ...scope, idColumn: 'p.id' }));
    },

    update: (actor, id, readChanges, ifMatch) => locked(actor, id, async (tx, project) => {
      mustOwn(actor, project);
      const changes = changesOf(project, readChanges());
      mustMatch(ifMatch, project);
      if (Object.keys(changes).length === 0) return project;
      await queries.updateProject(tx, id, assignments(changes, queries.projectColumns));
      await queries.touchProject(tx, id);
      return queries.findProject(tx, id);
    }),

    remove: (actor, id, ifMatch) => locked(actor, id, async (tx, project) => {
      mustOwn(actor, project);
      mustMatch(ifMatch, project);
      await queries.deleteProject(tx, id);
    }),

    addMember: (actor, id, userId) => locked(actor, id, async (tx, project) => {
      mustOwn(actor, project);
      const insert = queries.insertMember(tx, id, userId);
      const added = await onConstraint(insert, { project_members_user: () => notFound('There is no such user.') });
      if (added) await queries.touchProject(tx, id);
    }),

    removeMember: (actor, id, userId) => locked(actor, id, async (tx, project) => {
      // Members may leave; to remove somebody else takes the owner.
      if (userId !== actor.id) mustOwn(actor, project);
      if (userId === project.ownerId) throw conflict('The owner cannot leave the project.');
      if (!project.memberIds.includes(userId)) throw notFound('There is no such member.');
      await queries.deleteMember(tx, id, userId);
      await queries.touchProject(tx, id);
    }),
  };
}
