CREATE TABLE projects (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name        text NOT NULL,
  description text NOT NULL,
  owner_id    uuid NOT NULL CONSTRAINT projects_owner REFERENCES users,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  updated_at  timestamptz(3) NOT NULL DEFAULT now()
);

CREATE INDEX projects_by_creation ON projects (created_at, id);
CREATE INDEX projects_of_owner ON projects (owner_id);

-- The owner has a row here too, so "may see it" is one question everywhere.
CREATE TABLE project_members (
  project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
  user_id    uuid NOT NULL CONSTRAINT project_members_user REFERENCES users,
  joined_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, user_id)
);

CREATE INDEX projects_of_member ON project_members (user_id);
