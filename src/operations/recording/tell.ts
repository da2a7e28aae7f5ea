import type { Alarm } from '../../ports/history.ts';
import type { Delivery, Notice, NoticeKind } from '../../ports/notifier.ts';
import { type RunVerdict, stepAlarm } from './alarms.ts';
import { type RecordingContext, withHistory } from './context.ts';

export interface News {
  /** What the trouble belongs to, such as `backup`. */
  readonly alarm: string;
  readonly verdict: RunVerdict;
  /** The message, but for what only the alarm knows. */
  readonly notice: (kind: NoticeKind, about: Alarm | null) => Notice;
}

/**
 * Sends what is new about a run to the operator's channels, and notes that it was told. Without a usable history
 * everything is news. A channel that fails is noted and changes nothing.
 */
export async function tell(context: RecordingContext, news: News): Promise<readonly Delivery[]> {
  const notifier = await context.openNotifier();
  if (!(['failure', 'findings', 'recovery'] as const).some((kind) => notifier.wants(kind))) return [];
  const before = await withHistory(context, (history) => history.readAlarm(news.alarm));
  const now = context.clock.now();
  const { remindAfterMs } = notifier;
  const { alarm, kind, about } = stepAlarm(before, news.verdict, { now, remindAfterMs });
  const deliveries = kind === null ? [] : await notifier.send(news.notice(kind, about));
  noteFailures(context, deliveries);
  const wasTold = kind === null || deliveries.some(({ ok }) => ok);
  const kept = wasTold ? alarm : untold(before, alarm);
  if (before !== null || kept !== null)
    await withHistory(context, (history) => history.writeAlarm(news.alarm, kept));
  return deliveries;
}

/** The message got nowhere: the next run tries again, be it about the failure or about its end. */
function untold(before: Alarm | null, alarm: Alarm | null): Alarm | null {
  return alarm === null ? before : { ...alarm, digest: before?.digest ?? '', sent: before?.sent ?? null };
}

export function noteFailures({ progress }: RecordingContext, deliveries: readonly Delivery[]): void {
  for (const { channel, what, ok, message } of deliveries) {
    if (!ok) progress.note(`Warning: The ${what} message did not get through by ${channel}: ${message}`);
  }
}
