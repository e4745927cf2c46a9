/** Awaits `query` and turns the violation of a named constraint into the problem given for it. */
export async function onConstraint(query, problems) {
  try {
    return await query;
  } catch (error) {
    throw problems[error.constraint]?.() ?? error;
  }
}
