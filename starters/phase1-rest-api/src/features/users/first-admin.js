/** Makes the account of ADMIN_EMAIL an admin's if there is none; an existing account is left as it is. */
export async function ensureFirstAdmin({ db, config }) {
  // TODO(models): two processes may start at once; let the unique index decide (ON CONFLICT DO NOTHING).
  // A database that is away must not keep the service from starting: `/healthz` still answers.
}
