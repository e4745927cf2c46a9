'use strict';

// The grader's plugin: it is handed the app's bus and tells the grader what happens on it.
//
// A task whose title begins with `probe:` gives it an order, so that a check can say what and when:
//   probe:emit                   emits the taskUpdated that the description holds as JSON
//   probe:silence                removes all listeners of taskUpdated, the app's and its own
//   probe:throw, probe:reject    a listener throws, or its promise is rejected

const { EventEmitter } = require('node:events');
const { Agent, request } = require('node:http');

const EVENTS = ['taskCreated', 'taskUpdated', 'taskAssigned', 'taskDeleted'];
const SENT = process.env.GRADER_COLLECTOR;
// One connection, so that reports arrive in the order in which they were made.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

module.exports = (bus) => {
  report({ event: 'loaded', emitter: bus instanceof EventEmitter });
  process.on('warning', (warning) => report({ event: 'warning', text: String(warning) }));
  for (const name of EVENTS) {
    bus.on(name, (event) => report({ event: name, payload: event, listeners: counts(bus) }));
  }
  bus.on('taskUpdated', ({ task }) => obey(bus, task));
};

const counts = (bus) => Object.fromEntries(bus.eventNames().map((name) => [String(name), bus.listenerCount(name)]));

function obey(bus, { title, description }) {
  const [order] = title.split(' ');
  if (order === 'probe:throw') throw new Error('thrown by a plugin');
  if (order === 'probe:reject') return Promise.reject(new Error('rejected by a plugin'));
  if (order === 'probe:silence') setImmediate(silence, bus);
  if (order === 'probe:emit') setImmediate(() => bus.emit('taskUpdated', JSON.parse(description)));
  return undefined;
}

function silence(bus) {
  bus.removeAllListeners('taskUpdated');
  report({ event: 'silenced' });
}

function report(body) {
  const sent = request(SENT, { method: 'POST', agent, headers: { 'Content-Type': 'application/json' } });
  // The grader misses what does not arrive; the app must not suffer from it.
  sent.on('error', () => {});
  sent.on('response', (answer) => answer.resume());
  sent.end(JSON.stringify(body));
}
