import { digest, newRefreshToken } from '../tokens.js';

/** A new refresh token of this user; what has run out is swept away. */
export async function openSession(db, userId, seconds) {
  const token = newRefreshToken();
  await db('refresh_tokens').where({ user_id: userId }).whereRaw('expires_at <= now()').del();
  await db('refresh_tokens').insert({
    digest: digest(token),
    user_id: userId,
    expires_at: db.raw('now() + make_interval(secs => ?)', [seconds]),
  });
  return token;
}

/** Use a refresh token up, which only one caller can; return whose it was, or undefined if it is dead. */
export async function useSession(db, token) {
  const [used] = await db('refresh_tokens')
    .where({ digest: digest(token) })
    .del()
    .returning(['user_id', db.raw('expires_at > now() as alive')]);
  return used?.alive ? used.user_id : undefined;
}

export async function closeSession(db, userId, token) {
  await db('refresh_tokens').where({ digest: digest(token), user_id: userId }).del();
}
