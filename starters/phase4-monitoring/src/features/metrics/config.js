const DEFAULT_PORT = 9464;

/** Reads METRICS_PORT, where the worker serves its metrics; says what is wrong with it and ends the process. */
export function metricsPortOrExit(env = process.env) {
  const given = env.METRICS_PORT || String(DEFAULT_PORT);
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  console.error('Configuration: METRICS_PORT must be a port number');
  return process.exit(1);
}
