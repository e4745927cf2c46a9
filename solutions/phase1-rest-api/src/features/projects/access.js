import { forbidden, notFound } from '../../http/problem.js';
import { findProject } from './queries.js';

export const isAdmin = (actor) => actor.role === 'admin';

/** The project, if the actor may see it. To anyone else it does not exist: 404, so ids cannot be probed. */
export async function visibleProject(q, actor, id) {
  const project = await findProject(q, id);
  if (!project || !(isAdmin(actor) || project.memberIds.includes(actor.id))) {
    throw notFound('There is no such project.');
  }
  return project;
}

export function mustOwn(actor, project) {
  if (!isAdmin(actor) && project.ownerId !== actor.id) {
    throw forbidden('Only the owner of the project or an admin may do this.');
  }
}

/** An SQL condition: the project named by `column` is visible to the actor whose id is `parameter`. */
export const isMemberSql = (column, parameter) =>
  `${column} IN (SELECT project_id FROM project_members WHERE user_id = ${parameter})`;
