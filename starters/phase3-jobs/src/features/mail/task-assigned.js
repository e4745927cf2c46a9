/** Returns the mail that tells an assignee of their task, as nodemailer's `sendMail` takes it. */
export function taskAssigned({ from, jobId, task, project, assignee }) {
  // TODO(email-job): from, to, subject, text, and the headers X-Task-Id and X-Job-Id.
  return {};
}
