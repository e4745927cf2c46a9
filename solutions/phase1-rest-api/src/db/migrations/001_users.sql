CREATE TABLE users (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email         text NOT NULL,
  name          text NOT NULL,
  role          text NOT NULL DEFAULT 'user' CHECK (role IN ('admin', 'user')),
  password_hash text NOT NULL,
  -- Milliseconds, as in JSON: a cursor made from the public value then names exactly one place.
  created_at    timestamptz(3) NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_email_unique ON users (lower(email));
CREATE INDEX users_by_creation ON users (created_at, id);
