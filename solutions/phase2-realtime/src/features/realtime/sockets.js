import { Server } from 'socket.io';
import { handshake, welcome } from './handshake.js';
import { takeRequests } from './joining.js';

const LARGEST_MESSAGE_BYTES = 100_000;

/** Serves socket.io on the port of the HTTP server, until `ending` is aborted. */
export function createSockets({ server, ending, config, auth, projects, log }) {
  const io = new Server(server, {
    cors: { origin: config.CORS_ORIGINS },
    maxHttpBufferSize: LARGEST_MESSAGE_BYTES,
    serveClient: false,
  });
  io.use(handshake({ auth, log }));
  io.on('connection', (socket) => {
    welcome(socket);
    takeRequests(socket, { auth, projects, log });
  });
  // An open connection would hold the server's end.
  ending?.addEventListener('abort', () => io.close());
  return io;
}
