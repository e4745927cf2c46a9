import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import express from 'express';
import { metricsPortOrExit } from '../src/features/metrics/config.js';
import { measureJobs } from '../src/features/metrics/jobs.js';
import { createRegistry } from '../src/features/metrics/registry.js';
import { measureRequests } from '../src/features/metrics/requests.js';
import { resource } from '../src/http/resource.js';

test('requests are counted under the template of their route', async (t) => {
  const registry = createRegistry();
  const inner = express.Router();
  resource(inner, '/things/:id', { get: (req, res) => res.json({}) });
  const server = express().use(measureRequests(registry)).use('/api', inner).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  for (const path of ['/api/things/1', '/api/things/2', '/nowhere/3']) await (await fetch(base + path)).text();

  const { values } = await registry.getSingleMetric('http_requests_total').get();
  const counted = values.map(({ labels, value }) => [labels.route, labels.status_code, value]);
  assert.deepEqual(counted, [['/api/things/:id', 200, 2], ['unmatched', 404, 1]]);
});

test('what becomes of jobs is counted from zero', async () => {
  const registry = createRegistry();
  const worker = Object.assign(new EventEmitter(), { name: 'email' });
  measureJobs(registry, worker);
  worker.emit('completed', { processedOn: Date.now() });
  worker.emit('failed', { processedOn: Date.now() });
  worker.emit('failed', { processedOn: Date.now() });
  const { values } = await registry.getSingleMetric('jobs_total').get();
  const counted = Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
  assert.deepEqual(counted, { completed: 1, failed: 0, retried: 2 });
});

test('METRICS_PORT has a default', () => {
  assert.equal(metricsPortOrExit({}), 9464);
  assert.equal(metricsPortOrExit({ METRICS_PORT: '1234' }), 1234);
});
