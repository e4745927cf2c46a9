import { ownersOnly } from '../identity.js';
import { BY_CREATION, readPage, sendPage } from '../paging.js';
import * as present from '../present.js';
import { notFound } from '../problem.js';
import * as store from '../store/projects.js';
import { findUser } from '../store/users.js';
import { cleanBody, idFrom, text } from '../values.js';
import { wantedVersions } from '../versions.js';

const rules = { name: text(1, 100), description: text(0, 2000) };

export async function projectRoutes(app, { db }) {
  const visible = ({ user, params }) => store.findProject(db, user, idFrom(params.id));

  async function owned(request) {
    const project = await visible(request);
    ownersOnly(request.user, project);
    return project;
  }

  app.get('/projects', (request, reply) => {
    const page = readPage(request, BY_CREATION);
    const rows = store.visibleProjects(db, request.user);
    return sendPage(request, reply, { rows, table: 'projects', page, present: present.project });
  });

  app.post('/projects', async ({ user, body }, reply) => {
    const row = await store.createProject(db, user.id, cleanBody(body, rules, ['name']));
    return present.created(reply, present.project(row));
  });

  app.get('/projects/:id', async (request, reply) => present.single(reply, present.project(await visible(request))));

  app.patch('/projects/:id', async (request, reply) => {
    const { id } = await owned(request);
    const changes = cleanBody(request.body, rules);
    const row = await store.changeProject(db, request.user, id, changes, wantedVersions(request));
    return present.single(reply, present.project(row));
  });

  app.delete('/projects/:id', async (request, reply) => {
    const { id } = await owned(request);
    await store.deleteProject(db, request.user, id, wantedVersions(request));
    return reply.code(204).send();
  });

  app.put('/projects/:id/members/:userId', async (request, reply) => {
    const project = await owned(request);
    const userId = idFrom(request.params.userId);
    if (!userId || !(await findUser(db, userId))) throw notFound();
    await store.addMember(db, project, userId);
    return present.single(reply, present.project(await visible(request)));
  });

  app.delete('/projects/:id/members/:userId', async (request, reply) => {
    const project = await visible(request);
    const userId = idFrom(request.params.userId);
    if (userId !== request.user.id) ownersOnly(request.user, project);
    if (!userId) throw notFound();
    await store.removeMember(db, project, userId);
    return reply.code(204).send();
  });
}
