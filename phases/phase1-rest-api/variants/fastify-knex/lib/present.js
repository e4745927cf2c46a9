/** Rows as the API shows them, with some fields more that follow from the others. */
const at = (time) => time && time.toISOString().replace('Z', '+00:00');
const initials = (name) => name.split(/\s+/).map(([first]) => first.toUpperCase()).join('');
const slug = (name) => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-');
const link = (path) => ({ self: `/api/v1${path}` });

export const user = (row) => ({
  id: row.id,
  email: row.email,
  name: row.name,
  initials: initials(row.name),
  role: row.role,
  createdAt: at(row.created_at),
  updatedAt: at(row.updated_at),
  links: link(`/users/${row.id}`),
});

export const project = (row) => ({
  id: row.id,
  name: row.name,
  slug: slug(row.name),
  description: row.description,
  ownerId: row.owner_id,
  memberIds: row.member_ids,
  memberCount: row.member_ids.length,
  version: row.version,
  createdAt: at(row.created_at),
  updatedAt: at(row.updated_at),
  links: link(`/projects/${row.id}`),
});

export const task = (row) => ({
  id: row.id,
  projectId: row.project_id,
  title: row.title,
  description: row.description,
  status: row.status,
  done: row.status === 'done',
  priority: row.priority,
  assigneeId: row.assignee_id,
  dueDate: at(row.due_date),
  version: row.version,
  createdAt: at(row.created_at),
  updatedAt: at(row.updated_at),
  links: link(`/tasks/${row.id}`),
});

/** Send one versioned object. */
export function single(reply, body) {
  return reply.header('ETag', `"${body.version}"`).send(body);
}

/** Send one new object, and say where it is. */
export function created(reply, body) {
  reply.code(201).header('Location', body.links.self);
  return body.version ? single(reply, body) : reply.send(body);
}
