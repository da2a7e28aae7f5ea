import { createTransport } from 'nodemailer';
import { describeError, systemCode } from '../errors.ts';
import type { MailSettings, Notice } from '../ports/notifier.ts';
import type { MessageChannel } from './channel.ts';
import { formatSeconds } from './http.ts';
import { textOf, titleOf } from './notice-text.ts';
import { redact } from './redact.ts';
import { type Attempt, withRetries } from './retry.ts';

/** Sends plain text by SMTP. */
export function createMail(settings: MailSettings): MessageChannel {
  return {
    send: (notice, { deadline, limits }) =>
      withRetries(limits, deadline, (timeoutMs) => deliver(settings, notice, timeoutMs)),
  };
}

async function deliver(settings: MailSettings, notice: Notice, timeoutMs: number): Promise<Attempt> {
  const transport = createTransport(transportOptions(settings, timeoutMs));
  // The limits below hold for each step of the conversation; this one holds for all of it.
  const limit = setTimeout(() => transport.close(), timeoutMs);
  try {
    const info = await within(timeoutMs, transport.sendMail(mailOf(settings, notice)));
    return describeDelivery(info.rejected.map(String), settings.to.length);
  } catch (error) {
    return describeFailure(error, settings);
  } finally {
    clearTimeout(limit);
    transport.close();
  }
}

function transportOptions(settings: MailSettings, timeoutMs: number) {
  const { host, port, security, auth, ca } = settings;
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // Nothing in a message is ever read from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(auth === null ? {} : { auth: { user: auth.user, pass: auth.password } }),
    ...(ca === null ? {} : { tls: { ca } }),
  };
}

function mailOf({ from, to }: MailSettings, notice: Notice) {
  return {
    from,
    to: [...to],
    subject: titleOf(notice),
    text: textOf(notice),
    // Keeps out-of-office programs from answering (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

class TimeIsUp extends Error {}

/** A server that answers now and then can keep a conversation going beyond every limit of its steps. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeIsUp(`no answer within ${formatSeconds(ms)}`)), ms);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
    // The loser of the race may still fail, and nobody else looks at it.
    work.catch(() => undefined);
  }
}

function describeDelivery(rejected: readonly string[], recipients: number): Attempt {
  const failed = { isTemporary: false, waitMs: null };
  if (rejected.length === 0) return { ok: true, message: `accepted for ${recipients}`, ...failed };
  const reason = `accepted for ${recipients - rejected.length} of ${recipients}, refused for ${rejected.join(', ')}`;
  return { ok: false, message: reason, ...failed };
}

/** What no further attempt will change: the password, the addresses, the certificate. */
const lastingFailures: ReadonlySet<string> = new Set(['EAUTH', 'ETLS', 'EMESSAGE', 'EPROTOCOL']);

function describeFailure(error: unknown, { auth, security }: MailSettings): Attempt {
  const code = systemCode(error) ?? '';
  const { responseCode } = error as { responseCode?: unknown };
  const status = typeof responseCode === 'number' ? responseCode : 0;
  const isRefused = status >= 500 || (lastingFailures.has(code) && status < 400);
  const secrets = auth === null ? [] : [auth.password, Buffer.from(auth.password).toString('base64')];
  return {
    ok: false,
    message: redact(`${explain(code, security)}${describeError(error)}`, secrets),
    isTemporary: !(isRefused || isCertificateFault(error)),
    waitMs: null,
  };
}

function explain(code: string, security: MailSettings['security']): string {
  if (code === 'EAUTH') return 'the server does not take the user and password: ';
  if (code === 'EENVELOPE') return 'the server does not take the recipients: ';
  if (code === 'ETLS') return `no encryption (${security}): `;
  return '';
}

function isCertificateFault(error: unknown): boolean {
  return /certificate|self[- ]signed|altname/i.test(describeError(error));
}
