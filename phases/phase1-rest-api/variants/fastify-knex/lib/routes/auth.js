import { requireUser } from '../identity.js';
import { hash, matches } from '../passwords.js';
import * as present from '../present.js';
import { unauthorized } from '../problem.js';
import { closeSession, openSession, useSession } from '../store/sessions.js';
import { Throttle } from '../store/throttle.js';
import { createUser, findByEmail, findUser } from '../store/users.js';
import { cleanBody, email, exactText, password, refused, text } from '../values.js';

const registration = { email, password, name: text(1, 100), role: refused };
const credentials = { email: text(0, Infinity), password: exactText(0, Infinity) };
const session = { refreshToken: exactText(0, Infinity) };

export async function authRoutes(app, context) {
  const { db, settings, tokens } = context;

  async function pair(user) {
    const refreshToken = await openSession(db, user.id, settings.refreshSeconds);
    return { ...(await tokens.issue(user)), refreshToken, refreshExpiresIn: settings.refreshSeconds };
  }

  app.post('/auth/register', async (request, reply) => {
    const { password: secret, ...fields } = cleanBody(request.body, registration, ['email', 'password', 'name']);
    const row = await createUser(db, { ...fields, password_hash: await hash(secret) });
    return reply.code(201).send(present.user(row));
  });

  app.post('/auth/login', async (request) => {
    const given = cleanBody(request.body, credentials, ['email', 'password']);
    const address = given.email.toLowerCase();
    const throttle = new Throttle(db, address, settings.loginWindowSeconds);
    await throttle.check();
    const user = await findByEmail(db, address);
    const good = await matches(user?.password_hash, given.password);
    await throttle.settle(good);
    if (!good) throw unauthorized('No account has this e-mail address and password.');
    return pair(user);
  });

  app.post('/auth/refresh', async (request) => {
    const { refreshToken } = cleanBody(request.body, session, ['refreshToken']);
    const userId = await useSession(db, refreshToken);
    const user = userId && (await findUser(db, userId));
    if (!user) throw unauthorized('The refresh token is dead.');
    return pair(user);
  });

  app.register(async (guarded) => {
    requireUser(guarded, context);
    guarded.post('/auth/logout', async (request, reply) => {
      const { refreshToken } = cleanBody(request.body, session, ['refreshToken']);
      await closeSession(db, request.user.id, refreshToken);
      return reply.code(204).send();
    });
  });
}
