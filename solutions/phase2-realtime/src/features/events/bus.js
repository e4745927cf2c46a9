import { EventEmitter } from 'node:events';

/** The app's own events. A listener that throws or rejects is logged, and harms neither the emitter nor the others. */
export class Bus extends EventEmitter {
  #log;

  constructor({ log }) {
    super();
    this.#log = log;
  }

  emit(name, ...values) {
    // A copy: listeners may come and go while they are called.
    const listeners = this.rawListeners(name);
    for (const listener of listeners) this.#call(name, listener, values);
    return listeners.length > 0;
  }

  #call(name, listener, values) {
    const failed = (error) => this.#log.error('listener failed', { event: name, error: String(error?.stack ?? error) });
    try {
      Promise.resolve(Reflect.apply(listener, this, values)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
