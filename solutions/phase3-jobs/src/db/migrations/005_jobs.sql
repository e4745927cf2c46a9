-- Written in the transaction of the assignment, so that none is ever forgotten; also what is told of jobs.
CREATE TABLE jobs (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- No references: what was sent is told after its task and its assignee are gone.
  task_id       uuid NOT NULL,
  assignee_id   uuid NOT NULL,
  event_id      uuid NOT NULL DEFAULT gen_random_uuid(),
  state         text NOT NULL DEFAULT 'waiting'
                CHECK (state IN ('waiting', 'delayed', 'active', 'completed', 'failed')),
  max_attempts  integer NOT NULL,
  failed_reason text,
  -- Whether Redis knows what is to be done; the relay looks for those of which it does not.
  queued        boolean NOT NULL DEFAULT false,
  created_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  finished_at   timestamptz(3)
);

CREATE INDEX jobs_to_queue ON jobs (created_at) WHERE NOT queued;
CREATE INDEX jobs_by_creation ON jobs (created_at, id);
CREATE INDEX jobs_of_task ON jobs (task_id);

CREATE TABLE job_attempts (
  job_id      uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
  attempt     integer NOT NULL,
  status      text CHECK (status IN ('completed', 'failed')),
  error       text,
  started_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz(3),
  PRIMARY KEY (job_id, attempt)
);
