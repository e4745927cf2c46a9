import { STATUS_CODES } from 'node:http';
import { invalid, Problem, unauthorized } from '../../http/problem.js';
import { id } from '../../http/validate.js';
import { projectRoom } from './rooms.js';

/** Answers `project:join` and `project:leave`, each with an acknowledgement. */
export function takeRequests(socket, { auth, projects, log }) {
  socket.on('project:join', answered(log, async (projectId) => {
    // Asked anew: the role and the memberships of the handshake may be out of date.
    const actor = await auth.userOf(socket.data.token);
    if (!actor) throw unauthorized();
    await projects.get(actor, projectId);
    // One that is gone by now would stay in the room for ever.
    if (socket.connected) await socket.join(projectRoom(projectId));
  }));
  socket.on('project:leave', answered(log, (projectId) => socket.leave(projectRoom(projectId))));
}

function answered(log, work) {
  return async (payload, ...rest) => {
    const acknowledge = [payload, ...rest].findLast((one) => typeof one === 'function') ?? (() => {});
    try {
      await work(projectIdOf(payload));
      acknowledge({ ok: true });
    } catch (error) {
      if (!(error instanceof Problem)) log.error('request over a socket failed', { stack: error.stack });
      const status = error instanceof Problem ? error.status : 500;
      acknowledge({ ok: false, error: { status, title: STATUS_CODES[status] } });
    }
  };
}

function projectIdOf(payload) {
  const { success, data } = id.safeParse(payload?.projectId);
  if (!success) throw invalid([{ path: 'projectId', message: 'must be an id' }]);
  return data;
}
