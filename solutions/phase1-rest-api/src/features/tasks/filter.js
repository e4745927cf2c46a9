import { isAdmin, isMemberSql } from '../projects/access.js';

/** The conditions of a task list: the filters, and for all but admins the projects they are in. */
export function conditions(actor, { status, priority, assigneeId, projectId, q }) {
  const where = [];
  const values = [];
  const add = (value, condition) => {
    if (value === undefined) return;
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  add(isAdmin(actor) ? undefined : actor.id, (me) => isMemberSql('t.project_id', me));
  add(status, (one) => `t.status = ${one}`);
  add(priority, (one) => `t.priority = ${one}`);
  add(assigneeId === 'me' ? actor.id : assigneeId, (one) => `t.assignee_id = ${one}`);
  add(projectId, (one) => `t.project_id = ${one}`);
  // Not LIKE: there `%` and `_` in what a person typed would match anything.
  add(q || undefined, (one) => `strpos(lower(t.title), lower(${one})) > 0`);
  return { where, values };
}
