import { adminsOnly } from '../identity.js';
import { BY_CREATION, readPage, sendPage } from '../paging.js';
import { hash } from '../passwords.js';
import * as present from '../present.js';
import { notFound } from '../problem.js';
import { changeUser, createUser, deleteUser, findUser } from '../store/users.js';
import { cleanBody, email, idFrom, oneOf, password, refused, text } from '../values.js';

const own = { email, password, name: text(1, 100), role: refused };
const any = { ...own, role: oneOf('admin', 'user') };

export async function userRoutes(app, { db }) {
  app.get('/users/me', async ({ user }) => present.user(user));

  app.patch('/users/me', async ({ user, body }) =>
    present.user(await changeUser(db, user.id, await columns(cleanBody(body, own)))),
  );

  app.register(async (admin) => {
    admin.addHook('preHandler', adminsOnly);

    admin.get('/users', (request, reply) => {
      const page = readPage(request, BY_CREATION);
      return sendPage(request, reply, { rows: db('users').select('*'), table: 'users', page, present: present.user });
    });

    admin.post('/users', async ({ body }, reply) => {
      const fields = cleanBody(body, any, ['email', 'password', 'name']);
      return present.created(reply, present.user(await createUser(db, await columns(fields))));
    });

    admin.get('/users/:id', async ({ params }) => {
      const id = idFrom(params.id);
      const row = id && (await findUser(db, id));
      if (!row) throw notFound();
      return present.user(row);
    });

    admin.patch('/users/:id', async ({ params, body }) => {
      const id = idFrom(params.id);
      if (!id) throw notFound();
      return present.user(await changeUser(db, id, await columns(cleanBody(body, any))));
    });

    admin.delete('/users/:id', async ({ params }, reply) => {
      const id = idFrom(params.id);
      if (!id) throw notFound();
      await deleteUser(db, id);
      return reply.code(204).send();
    });
  });
}

async function columns({ password: secret, ...fields }) {
  return secret === undefined ? fields : { ...fields, password_hash: await hash(secret) };
}
