function versioned(table, knex) {
  table.integer('version').notNullable().defaultTo(1);
  for (const name of ['created_at', 'updated_at']) {
    table.timestamp(name, { precision: 3 }).notNullable().defaultTo(knex.fn.now());
  }
}

export async function up(knex) {
  await knex.schema.createTable('projects', (table) => {
    table.increments('id');
    table.text('name').notNullable();
    table.text('description').notNullable();
    table.integer('owner_id').notNullable().index();
    table.foreign('owner_id', 'projects_owner_exists').references('users.id');
    versioned(table, knex);
  });
  await knex.schema.createTable('members', (table) => {
    table.integer('project_id').notNullable();
    table.integer('user_id').notNullable().index();
    table.primary(['project_id', 'user_id']);
    table.foreign('project_id', 'members_project_exists').references('projects.id').onDelete('cascade');
    table.foreign('user_id', 'members_user_exists').references('users.id');
  });
  await knex.schema.createTable('tasks', (table) => {
    table.increments('id');
    table.integer('project_id').notNullable().index();
    table.foreign('project_id', 'tasks_project_exists').references('projects.id').onDelete('cascade');
    table.text('title').notNullable();
    // What `q` searches: lower case by JavaScript, whatever the locale of the database.
    table.text('title_lower').notNullable();
    table.text('description').notNullable();
    table.enu('status', ['todo', 'in_progress', 'done'], { useNative: true, enumName: 'task_status' }).notNullable();
    table.enu('priority', ['low', 'medium', 'high'], { useNative: true, enumName: 'task_priority' }).notNullable();
    table.integer('assignee_id').index();
    // Whoever is assigned is a member: the database holds it, whatever happens at the same time.
    table
      .foreign(['project_id', 'assignee_id'], 'tasks_assignee_is_member')
      .references(['project_id', 'user_id'])
      .inTable('members');
    table.timestamp('due_date', { precision: 3 });
    versioned(table, knex);
  });
}

export async function down(knex) {
  for (const table of ['tasks', 'members', 'projects']) await knex.schema.dropTable(table);
  await knex.raw('drop type task_status, task_priority');
}
