import { z } from 'zod';
import { text } from '../../http/validate.js';

const name = text(1, 100);
const description = text(0, 2000);

export const creation = z.object({ name, description: description.default('') });
// Without the default: a field that was not sent must stay as it is.
export const changes = z.object({ name, description }).partial();
