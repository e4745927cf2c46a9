import { z } from 'zod';
import { id, instant, text } from '../../http/validate.js';

export const STATUSES = ['todo', 'in_progress', 'done'];
export const PRIORITIES = ['low', 'medium', 'high'];

const title = text(1, 200);
const description = text(0, 5000);
const status = z.enum(STATUSES);
const priority = z.enum(PRIORITIES);
const assigneeId = id.nullable();
const dueDate = instant.nullable();

export const creation = z.object({
  title,
  description: description.default(''),
  status: status.default('todo'),
  priority: priority.default('medium'),
  assigneeId: assigneeId.default(null),
  dueDate: dueDate.default(null),
});

// Without the defaults: a field that was not sent must stay as it is.
export const changes = z.object({ title, description, status, priority, assigneeId, dueDate }).partial();

/** The filters of a list, as they come in the query. */
export const filters = {
  status: status.optional(),
  priority: priority.optional(),
  assigneeId: z.union([z.literal('me'), id], 'must be an id or me').optional(),
  projectId: id.optional(),
  q: text(0, 200).optional(),
};
