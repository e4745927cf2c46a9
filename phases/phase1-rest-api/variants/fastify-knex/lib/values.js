import { invalid } from './problem.js';

const MOST_ID = 2 ** 31 - 1;
const ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const EMAIL = new RegExp(`^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})*$`);
const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

class Refusal extends Error {}

function refuseUnless(condition, message) {
  if (!condition) throw new Refusal(message);
}

/**
 * The values of `source` that `rules` knows, each as its rule gives it; other names are ignored.
 * A rule takes a raw value, and returns a clean one or refuses.
 */
export function clean(source, rules, required = []) {
  const errors = [];
  const values = {};
  for (const [path, rule] of Object.entries(rules)) {
    if (!Object.hasOwn(source, path)) {
      if (required.includes(path)) errors.push({ path, message: 'is required' });
      continue;
    }
    try {
      values[path] = rule(source[path]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({ path, message: error.message });
    }
  }
  if (errors.length) throw invalid(...errors);
  return values;
}

export function cleanBody(body, rules, required) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw invalid({ path: 'body', message: 'must be a JSON object' });
  }
  return clean(body, rules, required);
}

/** Text of `least` to `most` characters, as it is. */
export const exactText = (least, most) => (raw) => {
  refuseUnless(typeof raw === 'string', 'must be a text');
  refuseUnless(!raw.includes('\0'), 'must not have NUL characters');
  const length = [...raw].length;
  refuseUnless(length >= least && length <= most, `must have ${least} to ${most} characters`);
  return raw;
};

/** The same, without the blanks around it. */
export const text = (least, most) => {
  const rule = exactText(least, most);
  return (raw) => rule(typeof raw === 'string' ? raw.trim() : raw);
};

export const oneOf = (...choices) => (raw) => {
  refuseUnless(choices.includes(raw), `must be one of ${choices.join(', ')}`);
  return raw;
};

export const nullable = (rule) => (raw) => (raw === null ? null : rule(raw));

export const refused = () => refuseUnless(false, 'cannot be set here');

export function email(raw) {
  const address = text(1, 254)(raw).toLowerCase();
  refuseUnless(EMAIL.test(address), 'must be an e-mail address');
  return address;
}

export const password = exactText(8, 128);

export function id(raw) {
  refuseUnless(Number.isInteger(raw) && raw > 0 && raw <= MOST_ID, 'must be an id');
  return raw;
}

/** RFC 3339 with time and offset, whose year has four digits in UTC too. */
export function moment(raw) {
  const parts = typeof raw === 'string' && MOMENT.exec(raw);
  refuseUnless(parts, 'must be a time such as 2030-06-01T12:00:00Z');
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const days = month >= 1 && month <= 12 ? daysIn(year, month) : 0;
  refuseUnless(day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60, 'is no such moment');
  const time = new Date(raw.toUpperCase());
  refuseUnless(time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999, 'is out of range');
  return time;
}

function daysIn(year, month) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

/** An id as a path or a token has it, or null: whatever else is there names nothing. */
export function idFrom(word) {
  const value = /^[1-9]\d{0,9}$/.test(word) ? Number(word) : null;
  return value !== null && value <= MOST_ID ? value : null;
}

/** An id as a query has it. */
export function queryId(raw) {
  const value = idFrom(raw);
  refuseUnless(value !== null, 'must be an id');
  return value;
}

/** 1 to 100; more is asked for in vain. */
export function limit(raw) {
  refuseUnless(/^\d{1,1000}$/.test(raw) && Number(raw) >= 1, 'must be a whole number, at least 1');
  return Math.min(Number(raw), 100);
}
