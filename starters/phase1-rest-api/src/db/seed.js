import { configOrExit } from '../config.js';
import { createLog } from '../log.js';

const config = configOrExit(['DATABASE_URL', 'DB_POOL_MAX', 'LOG_LEVEL']);
const log = createLog(config.LOG_LEVEL);

// TODO(models): ensure the first admin, then add at least 2 users, 2 projects and 5 tasks in 2 or more statuses,
// unless they are there: running it again changes nothing, not even after people have worked with the data.
log.warn('db:seed does nothing yet');
