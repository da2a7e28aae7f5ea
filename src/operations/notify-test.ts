import type { Delivery, HeartbeatSignal, Notice, NoticeKind, Notifier } from '../ports/notifier.ts';

export interface NotifyTestResult {
  readonly command: 'notify test';
  /** True when every message got through and no channel's settings are wrong. */
  readonly ok: boolean;
  readonly deliveries: readonly Delivery[];
  /** What is wrong with the settings of the channels. */
  readonly problems: readonly string[];
}

export interface NotifyTestRequest {
  readonly notifier: Notifier;
  readonly problems: readonly string[];
  readonly about: Pick<Notice, 'application' | 'host' | 'tool' | 'started'>;
}

const kinds: readonly NoticeKind[] = ['failure', 'recovery', 'findings'];
/** A success last, so that the test leaves no alarm behind. */
const signals: readonly HeartbeatSignal[] = ['start', 'fail', 'success'];

/** Sends one message of each kind through every channel that takes it, and tells how each went. */
export async function testNotifications({
  notifier,
  problems,
  about,
}: NotifyTestRequest): Promise<NotifyTestResult> {
  const deliveries: Delivery[] = [];
  // One after the other: services take bursts for abuse, and the order is part of what is tested.
  for (const kind of kinds) deliveries.push(...(await notifier.send(exampleOf(kind, about))));
  for (const signal of signals) deliveries.push(...(await notifier.beat(signal, 'holdfast notify test')));
  const ok = problems.length === 0 && deliveries.every((delivery) => delivery.ok);
  return { command: 'notify test', ok, deliveries, problems };
}

function exampleOf(kind: NoticeKind, about: NotifyTestRequest['about']): Notice {
  const common = { ...about, kind, isTest: true, run: '0000000000000000', rows: null, bytes: null };
  const example = {
    ...common,
    snapshot: null,
    error: null,
    findings: [],
    durationMs: null,
    count: 0,
    since: null,
  };
  if (kind === 'recovery') {
    const snapshot = {
      snapshot: 'backup-2026-11-20T10-30-00Z',
      rows: 20_000,
      bytes: 1_200_000,
      durationMs: 900,
    };
    return { ...example, ...snapshot, command: 'backup', count: 2, since: about.started };
  }
  if (kind === 'findings') {
    return {
      ...example,
      command: 'health',
      findings: ['an example of a finding'],
      count: 1,
      since: about.started,
    };
  }
  const error = {
    code: 'DATABASE.UNREACHABLE',
    message: 'Cannot reach the database: an example of a failure',
  };
  return { ...example, command: 'backup', error, durationMs: 900, count: 1, since: about.started };
}
