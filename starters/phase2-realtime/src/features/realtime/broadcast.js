/** Turns events of the bus into messages to sockets; nothing else sends any. */
export function broadcast(bus, { io, db, log }) {
  // TODO(broadcast): listen to the bus, and send to the rooms of ./rooms.js what the brief says.
  // Who joined a project may have been removed since: ask the database before you send.
}
