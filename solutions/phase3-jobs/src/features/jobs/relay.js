import * as jobs from './queries.js';
import { JOB } from './queue.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Brings jobs from the database into Redis: soon after `kick`, and all that were left over when Redis was away or
 * a process ended too early. `stop` takes it out of service.
 */
export function createRelay({ db, queue, log }) {
  let running = false;
  let again = false;

  async function run() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        for (const job of await jobs.unqueued(db)) await relay(job);
      }
    } catch (error) {
      log.warn('jobs wait in the database', { error: error.message });
    } finally {
      running = false;
    }
  }

  /** The id makes this safe to repeat: BullMQ adds no second job of the same id. */
  async function relay({ id, data }) {
    const state = await queue.getJobState(id);
    // Its last try is being written down: look again later.
    if (state === 'active') return;
    if (state === 'unknown') await queue.add(JOB, data, { jobId: id });
    if (state === 'failed') await (await queue.getJob(id)).retry('failed');
    await jobs.markQueued(db, id);
  }

  const timer = setInterval(run, LOOK_EVERY_MS);
  return { kick: () => void run(), stop: () => clearInterval(timer) };
}
