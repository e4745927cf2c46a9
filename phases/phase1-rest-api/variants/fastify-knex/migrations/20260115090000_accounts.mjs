const created = (table, knex) =>
  table.timestamp('created_at', { precision: 3 }).notNullable().defaultTo(knex.fn.now());

export async function up(knex) {
  await knex.schema.createTable('users', (table) => {
    table.increments('id');
    table.text('email').notNullable().unique({ indexName: 'users_email_is_free' });
    table.text('name').notNullable();
    table.enu('role', ['admin', 'user']).notNullable().defaultTo('user');
    table.text('password_hash').notNullable();
    created(table, knex);
    table.timestamp('updated_at', { precision: 3 }).notNullable().defaultTo(knex.fn.now());
  });
  await knex.schema.createTable('refresh_tokens', (table) => {
    table.text('digest').primary();
    table.integer('user_id').notNullable().references('users.id').onDelete('cascade').index();
    table.timestamp('expires_at').notNullable();
  });
  await knex.schema.createTable('wrong_logins', (table) => {
    table.increments('id');
    table.text('account').notNullable();
    table.timestamp('happened_at').notNullable();
    table.index(['account', 'happened_at']);
  });
  await knex.schema.createTable('seeded', (table) => {
    table.text('name').primary();
    created(table, knex);
  });
}

export async function down(knex) {
  for (const table of ['seeded', 'wrong_logins', 'refresh_tokens', 'users']) await knex.schema.dropTable(table);
}
