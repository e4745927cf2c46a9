import { todo } from '../../http/problem.js';

export function createProjects({ db }) {
  return {
    async create(actor, given) {
      // TODO(crud): the project and its owner's membership, in one transaction.
      throw todo('crud');
    },

    // TODO(crud): get, list, update (given fields only), remove.
    // TODO(roles): addMember, removeMember, and `access.js` before each of them.
  };
}
