import { ownersOnly } from '../identity.js';
import { TASK_SORTS, readPage, sendPage } from '../paging.js';
import * as present from '../present.js';
import { findProject } from '../store/projects.js';
import * as store from '../store/tasks.js';
import { cleanBody, exactText, id, idFrom, moment, nullable, oneOf, queryId, refused, text } from '../values.js';
import { wantedVersions } from '../versions.js';

const status = oneOf('todo', 'in_progress', 'done');
const priority = oneOf('low', 'medium', 'high');
const rules = {
  title: text(1, 200),
  description: text(0, 5000),
  status,
  priority,
  assigneeId: nullable(id),
  dueDate: nullable(moment),
};
const changeRules = { ...rules, projectId: refused };
const filters = {
  status,
  priority,
  assigneeId: (raw) => (raw === 'me' ? raw : queryId(raw)),
  q: exactText(0, 200),
};
const filtersOfAll = { ...filters, projectId: queryId };

export async function taskRoutes(app, { db }) {
  const visible = ({ user, params }) => store.findTask(db, user, idFrom(params.id));

  function list(request, reply, rows, filterRules) {
    const page = readPage(request, TASK_SORTS, filterRules);
    store.filterTasks(rows, request.user, page.filters);
    return sendPage(request, reply, { rows, table: 'tasks', page, present: present.task });
  }

  app.get('/projects/:id/tasks', async (request, reply) => {
    const project = await findProject(db, request.user, idFrom(request.params.id));
    const rows = store.visibleTasks(db, request.user).where('tasks.project_id', project.id);
    return list(request, reply, rows, filters);
  });

  app.post('/projects/:id/tasks', async ({ user, params, body }, reply) => {
    const project = await findProject(db, user, idFrom(params.id));
    const row = await store.createTask(db, project.id, columns(cleanBody(body, rules, ['title'])));
    return present.created(reply, present.task(row));
  });

  app.get('/tasks', async (request, reply) =>
    list(request, reply, store.visibleTasks(db, request.user), filtersOfAll),
  );

  app.get('/tasks/:id', async (request, reply) => present.single(reply, present.task(await visible(request))));

  app.patch('/tasks/:id', async (request, reply) => {
    const { id: taskId } = await visible(request);
    const changes = columns(cleanBody(request.body, changeRules));
    return present.single(reply, present.task(await store.changeTask(db, taskId, changes, wantedVersions(request))));
  });

  app.delete('/tasks/:id', async (request, reply) => {
    const task = await visible(request);
    ownersOnly(request.user, await findProject(db, request.user, task.project_id));
    await store.deleteTask(db, task.id, wantedVersions(request));
    return reply.code(204).send();
  });
}

function columns({ assigneeId, dueDate, ...fields }) {
  if (assigneeId !== undefined) fields.assignee_id = assigneeId;
  if (dueDate !== undefined) fields.due_date = dueDate;
  return fields;
}
