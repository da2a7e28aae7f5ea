import type { ChannelSettings, NotificationSettings } from '../ports/notifier.ts';
import type { Environment } from './environment.ts';
import type { ChannelContext, ChannelKind } from './notification-channels.ts';
import { parseTimeSpan } from './setting-values.ts';
import type { Settings } from './settings.ts';

const usualReminderMs = 12 * 3_600_000;

const channelKinds: readonly ChannelKind[] = ['webhook', 'mail', 'heartbeat'];
const commonKeys = ['on', 'remindAfter'];

export interface ReadNotifications extends NotificationSettings {
  /** What is wrong, in sentences; the other settings hold all the same. */
  readonly problems: readonly string[];
}

/**
 * Reads `notifications` of the settings file, and its secrets from the environment. Never throws for what is wrong in
 * there: a channel that cannot be used says so whenever a message should go through it.
 */
export async function readNotifications({
  notifications,
  environment,
}: Pick<Settings, 'notifications' | 'environment'>): Promise<ReadNotifications> {
  if (notifications === null) return { channels: [], remindAfterMs: usualReminderMs, problems: [] };
  const { value, path, folder } = notifications;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const problem = `'notifications' in ${path}: expected an object such as { "webhook": { "url": { "env": "NAME" } } }`;
    return { channels: [], remindAfterMs: usualReminderMs, problems: [problem] };
  }
  return readDocument(value as Readonly<Record<string, unknown>>, { path, folder, environment });
}

interface Place {
  readonly path: string;
  readonly folder: string;
  readonly environment: Environment;
}

async function readDocument(
  document: Readonly<Record<string, unknown>>,
  { path, folder, environment }: Place,
): Promise<ReadNotifications> {
  const { readChannel, readKinds } = await import('./notification-channels.ts');
  const problems = Object.keys(document)
    .filter((key) => ![...channelKinds, ...commonKeys].includes(key))
    .map((key) => `'notifications.${key}' in ${path} is unknown and has no effect`);
  const kinds = readKinds(document['on']);
  if (kinds === null)
    problems.push(`'notifications.on' in ${path}: expected a list of failure, recovery, findings`);
  const remindAfterMs = readReminder(document['remindAfter']);
  if (remindAfterMs === null)
    problems.push(`'notifications.remindAfter' in ${path}: expected a time such as 12h`);
  const context: ChannelContext = { environment, folder, on: kinds ?? ['failure', 'recovery', 'findings'] };
  const channels = channelKinds.flatMap((kind) =>
    asList(document[kind]).map((item) => readChannel(kind, item, context)),
  );
  problems.push(...channels.flatMap((channel) => describeUnusable(channel, path)));
  return { channels, remindAfterMs: remindAfterMs ?? usualReminderMs, problems };
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function readReminder(value: unknown): number | null {
  if (value === undefined) return usualReminderMs;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const parsed = parseTimeSpan(String(value));
  return 'value' in parsed ? parsed.value : null;
}

function describeUnusable(channel: ChannelSettings, path: string): readonly string[] {
  if (channel.kind !== 'unusable') return [];
  const name = channel.name === '' ? '' : ` ${channel.name}`;
  return [`'notifications.${channel.channel}'${name} in ${path}: ${channel.reason}`];
}
