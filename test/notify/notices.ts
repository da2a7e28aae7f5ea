import { slackTemplate } from '../../src/config/notification-templates.ts';
import { type NotifierLimits, openNotifier } from '../../src/notify/open-notifier.ts';
import type { ChannelSettings, Notice } from '../../src/ports/notifier.ts';

export const failure: Notice = {
  kind: 'failure',
  isTest: false,
  command: 'backup',
  application: 'shop',
  host: 'db1',
  run: '00112233445566aa',
  started: '2026-11-20T02:00:00.000Z',
  durationMs: 1200,
  snapshot: null,
  rows: null,
  bytes: null,
  error: { code: 'DATABASE.UNREACHABLE', message: 'Cannot reach "shop" <db1>: refused' },
  findings: [],
  count: 3,
  since: '2026-11-18T02:00:00.000Z',
  tool: 'holdfast 0.1.0',
};

const all = ['failure', 'recovery', 'findings'] as const;

export function webhook(url: string, template: unknown = slackTemplate): ChannelSettings {
  return { kind: 'webhook', name: '', on: all, url, headers: {}, template, escapesMarkup: true };
}

export function heartbeat(url: string): ChannelSettings {
  return { kind: 'heartbeat', name: '', on: all, url, headers: {} };
}

/** As in real life, but in a tenth of the time. */
export const quickLimits: NotifierLimits = {
  attempts: 3,
  firstWaitMs: 20,
  attemptMs: 300,
  totalMs: 1500,
};

/** For conversations that take their time on a busy machine. */
export const calmLimits: NotifierLimits = { attempts: 3, firstWaitMs: 20, attemptMs: 8000, totalMs: 20_000 };

export function calmNotifierWith(...channels: readonly ChannelSettings[]) {
  return openNotifier({ channels, remindAfterMs: 3_600_000 }, calmLimits);
}

export function notifierWith(...channels: readonly ChannelSettings[]) {
  return openNotifier({ channels, remindAfterMs: 3_600_000 }, quickLimits);
}
