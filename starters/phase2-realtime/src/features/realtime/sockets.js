/** Serves socket.io on the port of the HTTP server, until `ending` is aborted. */
export function createSockets({ server, ending, config, auth, projects, log }) {
  // TODO(sockets): `new Server(server)` of socket.io. In `io.use` let in who has a valid token in
  // `socket.handshake.auth.token` (`auth.userOf` knows), and nobody else: `next(new Error('unauthorized'))`.
  // Disconnect a socket when its token expires.
  // TODO(sockets): on a connection, join the user's own room and answer `project:join` and `project:leave`.
  // TODO(⭐ sockets): CORS for `config.CORS_ORIGINS`; close everything when `ending` is aborted.
  return undefined;
}
