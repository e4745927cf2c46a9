import { assignments, changesOf } from '../../db/changes.js';
import { keyset } from '../../db/keyset.js';
import { conflict, notFound } from '../../http/problem.js';
import { hashPassword } from '../auth/passwords.js';
import * as queries from './queries.js';

export function createUsers({ db }) {
  return {
    async create({ password, role = 'user', ...user }) {
      const passwordHash = await hashPassword(password);
      return queries.insertUser(db, { ...user, role, passwordHash });
    },

    async get(id) {
      return orNotFound(await queries.findUser(db, id));
    },

    list: (page) => queries.listUsers(db, keyset(page, { where: [], values: [], idColumn: 'id' })),

    async update(id, { password, ...given }) {
      // Before the transaction: hashing is slow and must not hold a connection and its locks.
      const secret = password === undefined ? {} : { passwordHash: await hashPassword(password) };
      return db.transaction(async (tx) => {
        const admins = given.role === 'user' ? await queries.lockAdmins(tx) : undefined;
        const user = orNotFound(await queries.lockUser(tx, id));
        if (given.role === 'user') mustNotBeLast(user, admins);
        const changes = { ...changesOf(user, given), ...secret };
        if (Object.keys(changes).length === 0) return user;
        return queries.updateUser(tx, id, assignments(changes, queries.userColumns));
      });
    },

    remove: (id) => db.transaction(async (tx) => {
      const admins = await queries.lockAdmins(tx);
      mustNotBeLast(orNotFound(await queries.lockUser(tx, id)), admins);
      if (await queries.ownsProjects(tx, id)) throw conflict('The user owns projects.');
      await queries.detachUser(tx, id);
      await queries.deleteUser(tx, id);
    }),
  };
}

function orNotFound(user) {
  if (!user) throw notFound('There is no such user.');
  return user;
}

function mustNotBeLast(user, admins) {
  if (user.role === 'admin' && admins <= 1) throw conflict('The last admin must remain one.');
}
