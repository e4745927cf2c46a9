import nodemailer from 'nodemailer';

const ANSWER_WITHIN_MS = 20_000;
const CONNECT_WITHIN_MS = 5_000;

export function createMailer({ SMTP_URL, MAIL_FROM }) {
  // Limits, since a mail server that says nothing would hold a place of the worker for ever.
  return nodemailer.createTransport({
    url: SMTP_URL,
    connectionTimeout: CONNECT_WITHIN_MS,
    greetingTimeout: CONNECT_WITHIN_MS,
    socketTimeout: ANSWER_WITHIN_MS,
  }, { from: MAIL_FROM });
}
