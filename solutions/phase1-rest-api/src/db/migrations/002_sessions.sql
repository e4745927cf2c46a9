-- Only a digest is kept: who reads this table cannot use what is in it.
CREATE TABLE refresh_tokens (
  token_hash text PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);

CREATE INDEX refresh_tokens_of_user ON refresh_tokens (user_id);

-- Keyed by what was typed, not by a user: an unknown account must be throttled like a known one.
CREATE TABLE login_failures (
  account    text PRIMARY KEY,
  failures   integer NOT NULL,
  started_at timestamptz NOT NULL
);
