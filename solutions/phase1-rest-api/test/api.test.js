import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ADMIN, startApp } from './harness.js';

const skip = process.env.DATABASE_URL ? false : 'set DATABASE_URL to run the tests of the API';
let app;

before(async () => { if (!skip) app = await startApp(); });
after(() => app?.stop());

async function login(credentials) {
  return (await app.call('POST', '/auth/login', { body: credentials })).body.accessToken;
}

async function person() {
  const credentials = { email: `${randomUUID()}@example.com`, password: 'a-password' };
  const { body } = await app.call('POST', '/auth/register', { body: { ...credentials, name: 'Someone' } });
  return { ...body, token: await login(credentials) };
}

async function projectOf(owner) {
  return (await app.call('POST', '/projects', { token: owner.token, body: { name: 'Test' } })).body;
}

async function taskIn(project, owner) {
  return (await app.call('POST', `/projects/${project.id}/tasks`, { token: owner.token, body: { title: 'Test' } })).body;
}

test('nothing but the public routes answers without a token', { skip }, async () => {
  const { status, headers, body } = await app.call('GET', '/tasks');
  assert.equal(status, 401);
  assert.equal(headers.get('WWW-Authenticate'), 'Bearer');
  assert.equal(body.status, 401);
});

test('the first admin may list users, others may not', { skip }, async () => {
  assert.equal((await app.call('GET', '/users', { token: await login(ADMIN) })).status, 200);
  assert.equal((await app.call('GET', '/users', { token: (await person()).token })).status, 403);
});

test('a role in a registration is ignored', { skip }, async () => {
  const body = { email: `${randomUUID()}@example.com`, password: 'a-password', name: 'Eve', role: 'admin' };
  assert.equal((await app.call('POST', '/auth/register', { body })).body.role, 'user');
});

test('a foreign task looks like one that does not exist', { skip }, async () => {
  const [owner, outsider] = [await person(), await person()];
  const task = await taskIn(await projectOf(owner), owner);
  const foreign = await app.call('PATCH', `/tasks/${task.id}`, { token: outsider.token, body: { title: 'Mine' } });
  const unknown = await app.call('PATCH', `/tasks/${randomUUID()}`, { token: outsider.token, body: { title: 'Mine' } });
  assert.equal(foreign.status, 404);
  assert.deepEqual(foreign.body, unknown.body);
});

test('changes of different fields at the same moment are all kept', { skip }, async () => {
  const owner = await person();
  const task = await taskIn(await projectOf(owner), owner);
  const fields = { title: 'New', description: 'More', status: 'done', priority: 'high', assigneeId: owner.id };
  await Promise.all(Object.entries(fields).map(([field, value]) =>
    app.call('PATCH', `/tasks/${task.id}`, { token: owner.token, body: { [field]: value } })));
  const { body } = await app.call('GET', `/tasks/${task.id}`, { token: owner.token });
  assert.deepEqual({ ...body, ...fields, version: 6 }, body);
});

test('a stale If-Match is refused', { skip }, async () => {
  const owner = await person();
  const task = await taskIn(await projectOf(owner), owner);
  const patch = (title) => app.call('PATCH', `/tasks/${task.id}`, {
    token: owner.token, body: { title }, headers: { 'If-Match': '"1"' },
  });
  assert.equal((await patch('First')).status, 200);
  assert.equal((await patch('Second')).status, 412);
});

test('a removed member loses access and their tasks', { skip }, async () => {
  const [owner, member] = [await person(), await person()];
  const project = await projectOf(owner);
  const membership = `/projects/${project.id}/members/${member.id}`;
  await app.call('PUT', membership, { token: owner.token });
  const task = await taskIn(project, owner);
  await app.call('PATCH', `/tasks/${task.id}`, { token: member.token, body: { assigneeId: member.id } });
  await app.call('DELETE', membership, { token: owner.token });
  assert.equal((await app.call('GET', `/tasks/${task.id}`, { token: member.token })).status, 404);
  assert.equal((await app.call('GET', `/tasks/${task.id}`, { token: owner.token })).body.assigneeId, null);
});

test('a walk by cursor meets every task once while others are inserted', { skip }, async () => {
  const owner = await person();
  const project = await projectOf(owner);
  const expected = [];
  for (let i = 0; i < 12; i += 1) expected.push((await taskIn(project, owner)).id);
  const seen = [];
  let cursor = '';
  do {
    const { body } = await app.call('GET', `/projects/${project.id}/tasks?limit=5&sort=-createdAt${cursor}`, { token: owner.token });
    seen.push(...body.data.map((task) => task.id));
    cursor = body.page.nextCursor && `&cursor=${body.page.nextCursor}`;
    await taskIn(project, owner);
  } while (cursor);
  assert.deepEqual(seen.toSorted(), expected.toSorted());
});
