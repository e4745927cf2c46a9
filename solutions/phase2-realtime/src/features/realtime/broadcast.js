import { projectRoom, userRoom } from './rooms.js';

const STILL_ALLOWED = `SELECT id FROM users WHERE id = ANY($2::uuid[]) AND (role = 'admin'
  OR id IN (SELECT user_id FROM project_members WHERE project_id = $1))`;

/** Turns events of the bus into messages to sockets; nothing else sends any. */
export function broadcast(bus, { io, db, log }) {
  // One after the other, so that the messages keep the order of the events whatever a query takes.
  let last = Promise.resolve();
  const on = (name, deliver) => bus.on(name, (event) => {
    last = last.then(() => deliver(event)).catch((error) => log.error('broadcast failed', { event: name, error: error.message }));
  });

  /** Asks who may see the project now: those who joined it may have been removed since. */
  async function toProject(projectId, message, payload) {
    const room = projectRoom(projectId);
    const sockets = await io.in(room).fetchSockets();
    if (sockets.length === 0) return;
    const { rows } = await db.query(STILL_ALLOWED, [projectId, sockets.map(({ data }) => data.userId)]);
    const allowed = new Set(rows.map((row) => row.id));
    for (const socket of sockets) {
      if (allowed.has(socket.data.userId)) socket.emit(message, payload);
      else socket.leave(room);
    }
  }

  on('taskCreated', ({ eventId, task }) => toProject(task.projectId, 'task:created', { eventId, task }));
  on('taskUpdated', ({ eventId, task, changes, actorId }) =>
    toProject(task.projectId, 'task:updated', { eventId, task, changes, actorId }));
  on('taskDeleted', ({ eventId, task }) =>
    toProject(task.projectId, 'task:deleted', { eventId, taskId: task.id, projectId: task.projectId }));
  on('taskAssigned', ({ eventId, task, assigneeId }) =>
    io.to(userRoom(assigneeId)).emit('task:assigned', { eventId, task, assigneeId }));
}
