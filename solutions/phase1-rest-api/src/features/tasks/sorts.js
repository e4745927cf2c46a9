import { z } from 'zod';
import { PRIORITIES } from './schema.js';

const time = z.iso.datetime();
const ranks = PRIORITIES.map((name) => `'${name}'`).join(', ');

/** The sorts of a task list, in the form that ../../db/keyset.js takes. */
export const taskSorts = {
  createdAt: { field: 'createdAt', value: time, column: 't.created_at', type: 'timestamptz' },
  dueDate: {
    field: 'dueDate',
    value: time.nullable(),
    column: 't.due_date',
    type: 'timestamptz',
    // No date is later than any when they rise and earlier than any when they fall: last both ways.
    order: (sql, direction) => `coalesce(${sql}, '${direction === 'ASC' ? '' : '-'}infinity')`,
  },
  priority: {
    field: 'priority',
    value: z.enum(PRIORITIES),
    column: 't.priority',
    type: 'text',
    order: (sql) => `array_position(ARRAY[${ranks}], ${sql})`,
  },
};
