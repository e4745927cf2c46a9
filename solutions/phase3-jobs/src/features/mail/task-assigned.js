const FACTS = `SELECT t.title, p.name AS project, u.email
  FROM tasks t JOIN projects p ON p.id = t.project_id, users u WHERE t.id = $1 AND u.id = $2`;

/** Returns the function that tells an assignee of their task. */
export function tellAssignee({ db, mailer, log }) {
  return async ({ id, data: { taskId, assigneeId } }) => {
    const { rows: [facts] } = await db.query(FACTS, [taskId, assigneeId]);
    if (!facts) return log.info('nobody to tell: task or assignee are gone', { jobId: id });
    return mailer.sendMail({
      to: { name: '', address: facts.email },
      subject: `Assigned to you: ${facts.title}`,
      text: `${facts.title}\n\nProject: ${facts.project}\nTask: ${taskId}\n`,
      headers: { 'X-Task-Id': taskId, 'X-Job-Id': id },
    });
  };
}
