import { todo } from '../../http/problem.js';

/** The project, if the actor may see it, else 404. */
export async function visibleProject(db, actor, id) {
  // TODO(roles): admins and members see it; a foreign project answers like one that does not exist.
  throw todo('roles');
}

export function mustOwn(actor, project) {
  // TODO(roles): 403 for a member who is neither the owner nor an admin.
  throw todo('roles');
}
