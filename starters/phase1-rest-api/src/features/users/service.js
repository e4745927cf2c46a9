import { todo } from '../../http/problem.js';

export function createUsers({ db }) {
  return {
    /** The new user; 409 when the e-mail address is taken, whatever its case. */
    async create({ email, name, password, role = 'user' }) {
      // TODO(jwt): hash, insert, and return the columns by name: `SELECT *` would bring the hash into the answer.
      throw todo('jwt');
    },

    // TODO(jwt): get, for `/users/me`.
    // TODO(crud): list, update (given fields only), remove.
    // TODO(roles): the last admin can be neither demoted nor deleted, not even by two requests at once.
  };
}
