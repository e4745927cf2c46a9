import { z } from 'zod';
import { text } from '../../http/validate.js';

// No rules about length here: a login must not tell what a password looks like.
export const credentials = z.object({ email: text(1, 254), password: text(1, 1000) });

export const refreshBody = z.object({ refreshToken: text(1, 1000) });
