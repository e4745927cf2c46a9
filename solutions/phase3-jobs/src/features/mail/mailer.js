import nodemailer from 'nodemailer';

// Milliseconds; a mail server that says nothing would else hold a place of the worker for minutes.
const LIMITS = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 20_000 };

export function createMailer({ SMTP_URL, MAIL_FROM }) {
  const url = new URL(SMTP_URL);
  // As a part of the URL: nodemailer ignores all options that stand beside one.
  for (const [name, limit] of Object.entries(LIMITS)) url.searchParams.set(name, limit);
  return nodemailer.createTransport(url.href, { from: MAIL_FROM });
}
