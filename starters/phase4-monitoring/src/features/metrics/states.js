/** Tells how many clients are connected by socket.io, and how many jobs wait, whenever metrics are read. */
export function reportStates(registry, { io, queue }) {
  // TODO(⭐ metrics): gauges socketio_connected_clients and queue_depth{queue,state}, each with a `collect()`; Redis may
  // be away, and whoever reads metrics must not wait for it.
}
