import { EventEmitter } from 'node:events';

/** The app's own events. */
export function createBus({ log }) {
  // TODO(events): a listener that throws ends the emitting request, one that rejects ends the process.
  // Give an EventEmitter (or a subclass) on which neither does, and write such errors to `log`.
  return new EventEmitter();
}
