import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { describeError } from '../errors.ts';
import type {
  ChannelSettings,
  HeartbeatSettings,
  MailSettings,
  NoticeKind,
  UnusableChannel,
  WebhookSettings,
} from '../ports/notifier.ts';
import type { Environment } from './environment.ts';
import { findUnknownFields, plainTemplate, slackTemplate } from './notification-templates.ts';

export type ChannelKind = UnusableChannel['channel'];

export interface ChannelContext {
  readonly environment: Environment;
  /** Relative paths start from here. */
  readonly folder: string;
  /** What a channel takes that says nothing about it. */
  readonly on: readonly NoticeKind[];
}

/** A channel that was asked for and cannot work. The message never holds a value of the environment. */
class ChannelProblem extends Error {}

const secretRule =
  'it is a secret, so it is not written here: { "env": "NAME" } names the variable that holds it';
const secret = z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }, { error: secretRule });
const text = z.union([z.string().min(1), secret]);
const kinds = z.array(z.enum(['failure', 'recovery', 'findings'])).min(1);

const common = { name: z.string().max(40).optional(), on: kinds.optional() };
const http = {
  url: secret,
  headers: z.record(z.string(), text).optional(),
  allowHttp: z.boolean().optional(),
};

const shapes = {
  webhook: z.strictObject({
    ...{ ...common, ...http },
    template: z.union([z.enum(['plain', 'slack']), z.record(z.string(), z.unknown())]).optional(),
  }),
  heartbeat: z.strictObject({ ...common, ...http }),
  mail: z.strictObject({
    ...common,
    host: text,
    port: z.number().int().min(1).max(65_535).optional(),
    security: z.enum(['tls', 'starttls', 'none']).optional(),
    allowUnencrypted: z.boolean().optional(),
    user: text.optional(),
    password: secret.optional(),
    caFile: z.string().min(1).optional(),
    from: z.email(),
    to: z.union([z.email(), z.array(z.email()).min(1)]),
  }),
} as const;

/** The kinds of messages in the settings file; null when they are not well formed. */
export function readKinds(value: unknown): readonly NoticeKind[] | null {
  if (value === undefined) return ['failure', 'recovery', 'findings'];
  const result = kinds.safeParse(value);
  return result.success ? result.data : null;
}

/** One channel of the settings file; an unusable one when anything about it is wrong. */
export function readChannel(kind: ChannelKind, value: unknown, context: ChannelContext): ChannelSettings {
  try {
    if (kind === 'webhook') return readWebhook(value, context);
    return kind === 'mail' ? readMail(value, context) : readHeartbeat(value, context);
  } catch (error) {
    if (!(error instanceof ChannelProblem)) throw error;
    const named = common.name.safeParse((value as { name?: unknown } | null)?.name);
    const name = (named.success ? named.data : undefined) ?? '';
    return { kind: 'unusable', channel: kind, name, on: context.on, reason: error.message };
  }
}

function readWebhook(value: unknown, context: ChannelContext): WebhookSettings {
  const { template = 'plain', ...rest } = check(shapes.webhook, value);
  const chosen =
    typeof template === 'object' ? template : { plain: plainTemplate, slack: slackTemplate }[template];
  const unknown = findUnknownFields(chosen);
  if (unknown.length > 0)
    throw new ChannelProblem(`its template names {{${unknown[0]}}}, which there is not`);
  return {
    kind: 'webhook',
    ...readCommon(rest, context),
    ...readAddress(rest, context),
    template: chosen,
    escapesMarkup: template === 'slack',
  };
}

function readHeartbeat(value: unknown, context: ChannelContext): HeartbeatSettings {
  const heartbeat = check(shapes.heartbeat, value);
  return { kind: 'heartbeat', ...readCommon(heartbeat, context), ...readAddress(heartbeat, context) };
}

function readMail(value: unknown, context: ChannelContext): MailSettings {
  const mail = check(shapes.mail, value);
  const host = readText('host', mail.host, context);
  const security = mail.security ?? (mail.port === 465 ? 'tls' : 'starttls');
  if (security === 'none' && !isLoopback(host) && mail.allowUnencrypted !== true) {
    throw new ChannelProblem(
      'security none sends messages and password readable for everyone on the way; "allowUnencrypted": true if that is meant',
    );
  }
  return {
    kind: 'mail',
    ...readCommon(mail, context),
    ...{ host, security, from: mail.from, to: [mail.to].flat() },
    port: mail.port ?? { tls: 465, starttls: 587, none: 25 }[security],
    auth: readAuth(mail, context),
    ca: mail.caFile === undefined ? null : readCertificate(path.resolve(context.folder, mail.caFile)),
  };
}

function readAuth(
  { user, password }: z.infer<typeof shapes.mail>,
  context: ChannelContext,
): MailSettings['auth'] {
  if (user === undefined && password === undefined) return null;
  if (user === undefined || password === undefined)
    throw new ChannelProblem('it takes both user and password, or neither');
  return { user: readText('user', user, context), password: readText('password', password, context) };
}

function readCertificate(filePath: string): string {
  try {
    return readFileSync(filePath, 'utf8');
  } catch (error) {
    throw new ChannelProblem(`its caFile cannot be read: ${describeError(error)}`);
  }
}

interface HttpValues {
  readonly url: z.infer<typeof secret>;
  readonly headers?: Readonly<Record<string, z.infer<typeof text>>> | undefined;
  readonly allowHttp?: boolean | undefined;
}

function readAddress({ url, headers = {}, allowHttp }: HttpValues, context: ChannelContext) {
  const address = readText('url', url, context).trim();
  checkAddress(address, { name: url.env, allowHttp: allowHttp === true });
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, readHeader(name, value, context)] as const,
  );
  return { url: address, headers: Object.fromEntries(entries) };
}

function readHeader(name: string, value: z.infer<typeof text>, context: ChannelContext): string {
  const content = readText(`headers.${name}`, value, context);
  const isGood = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(content);
  if (!isGood) throw new ChannelProblem(`headers.${name} is no header of HTTP`);
  return content;
}

function checkAddress(address: string, { name, allowHttp }: { name: string; allowHttp: boolean }): void {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new ChannelProblem(`${name} holds no address that begins with https://`);
  }
  if (url.protocol === 'https:' || allowHttp || isLoopback(url.hostname)) return;
  throw new ChannelProblem(
    `the address in ${name} begins with http:, so that everyone on the way can read it; "allowHttp": true if that is meant`,
  );
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host);
}

function readCommon(
  { name, on }: { name?: string | undefined; on?: readonly NoticeKind[] | undefined },
  context: ChannelContext,
) {
  return { name: name ?? '', on: on ?? context.on };
}

function readText(place: string, value: z.infer<typeof text>, { environment }: ChannelContext): string {
  if (typeof value === 'string') return value;
  const variable = environment.get(value.env);
  if (variable !== null) return variable.value;
  throw new ChannelProblem(
    `${place} is named by ${value.env}, which is ${environment.explainMissing(value.env)}`,
  );
}

function check<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const reasons = result.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
  throw new ChannelProblem(reasons.slice(0, 3).join('; '));
}
