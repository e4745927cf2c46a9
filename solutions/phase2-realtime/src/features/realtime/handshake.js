import jwt from 'jsonwebtoken';
import { userRoom } from './rooms.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Lets in who brings a valid access token, and sets `socket.data` to `{ userId, token }`. */
export function handshake({ auth, log }) {
  return async (socket, next) => {
    const { token } = socket.handshake.auth;
    try {
      const user = typeof token === 'string' ? await auth.userOf(token) : undefined;
      if (!user) return next(new Error('unauthorized'));
      socket.data = { userId: user.id, token };
    } catch (error) {
      log.error('handshake failed', { error: error.message });
      return next(new Error('unavailable'));
    }
    return next();
  };
}

/** Puts a new socket into its user's room and ends it with its token. */
export function welcome(socket) {
  socket.join(userRoom(socket.data.userId));
  // The handshake verified it, so it can be read without its secret here.
  const { exp } = jwt.decode(socket.data.token);
  const timer = setTimeout(() => socket.disconnect(true), Math.min(exp * 1000 - Date.now(), LONGEST_TIMER_MS));
  socket.once('disconnect', () => clearTimeout(timer));
}
