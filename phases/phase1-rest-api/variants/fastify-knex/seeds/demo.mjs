import { randomUUID } from 'node:crypto';
import { hash } from '../lib/passwords.js';
import { createProject, addMember } from '../lib/store/projects.js';
import { createTask } from '../lib/store/tasks.js';
import { createUser } from '../lib/store/users.js';

const NAME = 'demo';

/** Something to look at, once per database: what was changed or deleted since is not brought back. */
export async function seed(knex) {
  await knex.transaction(async (trx) => {
    const first = await trx('seeded').insert({ name: NAME }).onConflict().ignore().returning('name');
    if (first.length) await plant(trx);
  });
}

async function plant(trx) {
  await account(trx, 'Vera', 'admin');
  const ida = await account(trx, 'Ida', 'user');
  const tom = await account(trx, 'Tom', 'user');
  const garden = await createProject(trx, ida.id, { name: 'Garden', description: 'Beds, paths and a pond' });
  const moving = await createProject(trx, tom.id, { name: 'Moving house' });
  await addMember(trx, garden, tom.id);

  const pond = { title: 'Dig the pond', status: 'in_progress', priority: 'high' };
  await createTask(trx, garden.id, { ...pond, assignee_id: tom.id });
  await createTask(trx, garden.id, { title: 'Order seeds', status: 'done', assignee_id: ida.id });
  await createTask(trx, garden.id, { title: 'Mend the fence', priority: 'low' });
  await createTask(trx, moving.id, { title: 'Book a van', due_date: new Date('2031-04-01T08:00:00Z') });
  await createTask(trx, moving.id, { title: 'Pack the books', description: 'Small boxes only' });
}

/** Nobody knows the password of such an account; an admin may give it one. */
async function account(trx, name, role) {
  const email = `${name.toLowerCase()}@demo.example.org`;
  return createUser(trx, { email, name, role, password_hash: await hash(randomUUID()) });
}
