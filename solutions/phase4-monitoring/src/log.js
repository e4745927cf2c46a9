import pino from 'pino';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/** One JSON object per line on stdout: `time`, `level`, `msg`, the `service` that writes, and the given fields. */
export function createLog(level = 'info', service = 'api') {
  const log = pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
  const at = (name) => (msg, fields = {}) => log[name](fields, msg);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const LOG_LEVELS = LEVELS;
