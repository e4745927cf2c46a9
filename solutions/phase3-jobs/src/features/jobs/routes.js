import express from 'express';
import { z } from 'zod';
import { keyset } from '../../db/keyset.js';
import { readPage, sendPage } from '../../http/page.js';
import { conflict, notFound } from '../../http/problem.js';
import { resource } from '../../http/resource.js';
import { id, pathId } from '../../http/validate.js';
import { adminOnly } from '../auth/guard.js';
import * as jobs from './queries.js';

const STATES = ['waiting', 'delayed', 'active', 'completed', 'failed'];
const filters = { state: z.enum(STATES).optional(), taskId: id.optional() };

export function jobRoutes({ db, relay }) {
  const router = express.Router();
  const unknown = () => notFound('There is no such job.');

  resource(router, '/jobs', {
    get: [adminOnly, async (req, res) => {
      const page = readPage(req, jobs.jobSorts, filters);
      sendPage(req, res, page, await jobs.list(db, keyset(page, conditions(page.filter))));
    }],
  });
  resource(router, '/jobs/stats', {
    get: [adminOnly, async (req, res) => {
      const none = Object.fromEntries(STATES.map((state) => [state, 0]));
      res.json({ ...none, ...await jobs.countByState(db) });
    }],
  });
  resource(router, '/jobs/:id', {
    get: [adminOnly, async (req, res) => {
      const job = await jobs.find(db, pathId(req));
      if (!job) throw unknown();
      res.json(job);
    }],
  });
  resource(router, '/jobs/:id/retry', {
    post: [adminOnly, async (req, res) => {
      const jobId = pathId(req);
      const reopened = await jobs.reopen(db, jobId);
      const job = await jobs.find(db, jobId);
      if (!job) throw unknown();
      if (!reopened) throw conflict('Only a failed job can be tried again.');
      relay.kick();
      res.status(202).json(job);
    }],
  });
  return router;
}

function conditions({ state, taskId }) {
  const given = [['j.state', state], ['j.task_id', taskId]].filter(([, value]) => value !== undefined);
  return {
    where: given.map(([column], index) => `${column} = $${index + 1}`),
    values: given.map(([, value]) => value),
    idColumn: 'j.id',
  };
}
