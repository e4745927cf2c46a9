import { z } from 'zod';
import { text } from '../../http/validate.js';

const email = z.email('must be an e-mail address').max(254);
const name = text(1, 100);
const password = text(8, 128);
const role = z.enum(['admin', 'user']);

/** What a person may say about themselves: never the role. */
export const registration = z.object({ email, name, password });
export const ownChanges = registration.partial();

export const creation = registration.extend({ role: role.default('user') });
export const changes = registration.extend({ role }).partial();
