import type {
  ChannelSettings,
  Delivery,
  HeartbeatSettings,
  Notice,
  NotificationSettings,
  Notifier,
} from '../ports/notifier.ts';
import type { MessageChannel, Sending, Sent } from './channel.ts';
import { Deadline } from './deadline.ts';
import type { RetryLimits } from './retry.ts';

export interface NotifierLimits extends RetryLimits {
  /** Of all attempts on all channels for one message. */
  readonly totalMs: number;
}

/** Three attempts within half a minute: a backup window must not hang on a chat server. */
export const usualLimits: NotifierLimits = {
  attempts: 3,
  firstWaitMs: 2000,
  attemptMs: 10_000,
  totalMs: 30_000,
};

/** A ping at the begin is worth one try: the backup's end waits for it. */
const startLimits = { attempts: 1, firstWaitMs: 0, attemptMs: 5000, totalMs: 5000 };

type MessageSettings = Exclude<ChannelSettings, HeartbeatSettings>;

/** Puts the channels behind their port. Nothing is loaded or opened before a message is sent. */
export function openNotifier(
  { channels, remindAfterMs }: NotificationSettings,
  limits: NotifierLimits = usualLimits,
): Notifier {
  const receivers = channels.filter((one): one is MessageSettings => isReceiver(one));
  const heartbeats = channels.filter((one) => isHeartbeat(one));
  return {
    remindAfterMs,
    wants: (kind) => receivers.some(({ on }) => on.includes(kind)),
    send: (notice) => {
      const sending = begin(limits);
      const chosen = receivers.filter(({ on }) => on.includes(notice.kind));
      return Promise.all(chosen.map((one) => deliver(one, notice, sending)));
    },
    beat: (signal, text) => {
      const sending = begin(signal === 'start' ? { ...limits, ...startLimits } : limits);
      return Promise.all(
        heartbeats.map(async (one) => {
          const sent = await safely(async () => {
            if (one.kind === 'unusable') return { ok: false, message: one.reason };
            const { createHeartbeat } = await import('./heartbeat.ts');
            return createHeartbeat(one).beat(signal, text, sending);
          });
          return { channel: labelOf(one), what: signal, ...sent };
        }),
      );
    },
  };
}

function begin({ totalMs, ...limits }: NotifierLimits): Sending {
  return { deadline: new Deadline(totalMs), limits };
}

function isHeartbeat(
  settings: ChannelSettings,
): settings is Extract<ChannelSettings, { kind: 'heartbeat' | 'unusable' }> {
  return settings.kind === 'heartbeat' || (settings.kind === 'unusable' && settings.channel === 'heartbeat');
}

function isReceiver(settings: ChannelSettings): boolean {
  return !isHeartbeat(settings);
}

async function deliver(settings: MessageSettings, notice: Notice, sending: Sending): Promise<Delivery> {
  const sent = await safely(async () => {
    if (settings.kind === 'unusable') return { ok: false, message: settings.reason };
    const channel = await openChannel(settings);
    return channel.send(notice, sending);
  });
  return { channel: labelOf(settings), what: notice.kind, ...sent };
}

async function openChannel(
  settings: Exclude<MessageSettings, { kind: 'unusable' }>,
): Promise<MessageChannel> {
  if (settings.kind === 'webhook') return (await import('./webhook.ts')).createWebhook(settings);
  return (await import('./mail.ts')).createMail(settings);
}

/** A fault in a channel is a failed message, never a failed backup. Its text could hold a secret, so only its kind is told. */
async function safely(send: () => Promise<Sent>): Promise<Sent> {
  try {
    return await send();
  } catch (error) {
    const kind = error instanceof Error ? error.name : typeof error;
    return { ok: false, message: `the channel itself failed (${kind})` };
  }
}

function labelOf(settings: ChannelSettings): string {
  const kind = settings.kind === 'unusable' ? settings.channel : settings.kind;
  return settings.name === '' ? kind : `${kind} ${settings.name}`;
}
