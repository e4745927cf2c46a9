import { todo } from '../../http/problem.js';

export function createTasks({ db }) {
  return {
    async create(actor, projectId, given) {
      // TODO(crud): insert with the defaults of the brief. TODO(roles): only into a visible project.
      throw todo('crud');
    },

    // TODO(crud): get, list, update, remove.
    // TODO(⭐ crud): `version`; write only the given columns, or two changes at once lose one of them.
  };
}
