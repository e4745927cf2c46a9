const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/** One JSON object per line on stdout, so that any collector can read it. */
export function createLog(level = 'info', write = (line) => process.stdout.write(line)) {
  const threshold = LEVELS.indexOf(level);
  const at = (name) => (msg, fields = {}) => {
    if (LEVELS.indexOf(name) < threshold) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level: name, msg, ...fields })}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const LOG_LEVELS = LEVELS;
