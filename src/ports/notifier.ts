/** What became of one message on one channel. */
export interface Delivery {
  /** The channel's kind and name, never its address: `webhook ops`. */
  readonly channel: string;
  readonly what: NoticeKind | HeartbeatSignal;
  readonly ok: boolean;
  /** What the other side said, or why nothing got through; no secrets. */
  readonly message: string;
}

export type NoticeKind = 'failure' | 'recovery' | 'findings';

export type HeartbeatSignal = 'start' | 'success' | 'fail';

/** A message about a run. It holds names and numbers, never the application's data, and no secrets. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Sent by `notify test`, and said so in the text. */
  readonly isTest: boolean;
  readonly command: string;
  /** The name of the application's folder. */
  readonly application: string;
  readonly host: string;
  readonly run: string;
  readonly started: string;
  readonly durationMs: number | null;
  readonly snapshot: string | null;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Sentences, the most important first. */
  readonly findings: readonly string[];
  /** How many runs in a row had the failure or the findings that this is about, and since when. */
  readonly count: number;
  readonly since: string | null;
  readonly tool: string;
}

/** What the template of a webhook may name; `title` and `text` are the whole message for people. */
export type NoticeField = Exclude<keyof Notice, 'isTest'> | 'test' | 'title' | 'text' | 'errorCode';

/** The operator's channels. Calls never reject and end within a limit of time; each channel tells how it went. */
export interface Notifier {
  /** How long a failure that goes on is not told of again. */
  readonly remindAfterMs: number;
  /** Whether any channel takes messages of this kind. */
  wants(kind: NoticeKind): boolean;
  /** Sends to every channel that wants it, at the same time. */
  send(notice: Notice): Promise<readonly Delivery[]>;
  /** Tells every heartbeat address that a backup began or ended. */
  beat(signal: HeartbeatSignal, text: string): Promise<readonly Delivery[]>;
}

interface CommonChannel {
  /** Tells channels of one kind apart: `ops`; empty for an only one. */
  readonly name: string;
  /** Which messages it takes. */
  readonly on: readonly NoticeKind[];
}

/** Where an HTTP request goes. Address and headers are secrets. */
export interface HttpAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookSettings extends CommonChannel, HttpAddress {
  readonly kind: 'webhook';
  /** A JSON value with `{{names}}` in its texts. */
  readonly template: unknown;
  /** Whether `&`, `<` and `>` stand for something in the texts, as in Slack. */
  readonly escapesMarkup: boolean;
}

export interface MailSettings extends CommonChannel {
  readonly kind: 'mail';
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` required, or `none`. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly auth: { readonly user: string; readonly password: string } | null;
  /** PEM text of a certificate authority to trust instead of the public ones. */
  readonly ca: string | null;
  readonly from: string;
  readonly to: readonly string[];
}

export interface HeartbeatSettings extends CommonChannel, HttpAddress {
  readonly kind: 'heartbeat';
}

/** A channel that was asked for and cannot work: each message on it fails with this reason. */
export interface UnusableChannel extends CommonChannel {
  readonly kind: 'unusable';
  readonly channel: 'webhook' | 'mail' | 'heartbeat';
  readonly reason: string;
}

export type ChannelSettings = WebhookSettings | MailSettings | HeartbeatSettings | UnusableChannel;

export interface NotificationSettings {
  readonly channels: readonly ChannelSettings[];
  readonly remindAfterMs: number;
}
