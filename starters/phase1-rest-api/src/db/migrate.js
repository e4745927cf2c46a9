import { configOrExit } from '../config.js';
import { createLog } from '../log.js';

const config = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL']);
const log = createLog(config.LOG_LEVEL);

// TODO(jwt): keep migrations as SQL files in src/db/migrations/ (001_users.sql first: id, email, name, role,
// password_hash, created_at). Apply, in one transaction, those that a history table does not know yet, in the order of
// their names; write them into the history; close the pool. A failure is exit code 1. Running it again does nothing.
// TODO(models): the tables of projects, their members and tasks. Let the database guard what it can: a unique index on
// lower(email), foreign keys, what happens on delete.
log.warn('db:migrate does nothing yet');
