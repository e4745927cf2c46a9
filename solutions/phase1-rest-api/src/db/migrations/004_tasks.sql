CREATE TABLE tasks (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id  uuid NOT NULL CONSTRAINT tasks_project REFERENCES projects ON DELETE CASCADE,
  title       text NOT NULL,
  description text NOT NULL,
  status      text NOT NULL CHECK (status IN ('todo', 'in_progress', 'done')),
  priority    text NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
  assignee_id uuid,
  due_date    timestamptz(3),
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  updated_at  timestamptz(3) NOT NULL DEFAULT now(),
  -- The database itself keeps assignees members, whatever runs at the same moment.
  CONSTRAINT tasks_assignee_is_member FOREIGN KEY (project_id, assignee_id)
    REFERENCES project_members (project_id, user_id)
);

CREATE INDEX tasks_of_project ON tasks (project_id, created_at, id);
CREATE INDEX tasks_by_creation ON tasks (created_at, id);
CREATE INDEX tasks_of_assignee ON tasks (assignee_id);
