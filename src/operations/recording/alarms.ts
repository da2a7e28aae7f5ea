import { hash } from 'node:crypto';
import type { Alarm, RunResult } from '../../ports/history.ts';
import type { NoticeKind } from '../../ports/notifier.ts';

/** What one more run means for the operator. */
export interface AlarmStep {
  /** What to keep; null when all is well. */
  readonly alarm: Alarm | null;
  /** The message to send now; null when nothing is new. */
  readonly kind: NoticeKind | null;
  /** The alarm that the message is about. */
  readonly about: Alarm | null;
}

export interface RunVerdict {
  readonly kind: 'failure' | 'findings' | 'good';
  /** What is wrong, in a form that stays the same while it does: codes and names, no numbers that change. */
  readonly reasons: readonly string[];
}

/**
 * Decides what to tell of a run. A failure is told of when it begins, when it becomes another one, and again after each
 * `remindAfterMs`; its end is told of once.
 */
export function stepAlarm(
  before: Alarm | null,
  verdict: RunVerdict,
  { now, remindAfterMs }: { readonly now: Date; readonly remindAfterMs: number },
): AlarmStep {
  if (verdict.kind === 'good') {
    // Nobody needs to hear that something works again who was not told that it did not.
    const wasTold = before?.sent != null;
    return { alarm: null, kind: wasTold ? 'recovery' : null, about: wasTold ? before : null };
  }
  const digest = hash('sha256', JSON.stringify([verdict.kind, ...verdict.reasons.toSorted()])).slice(0, 16);
  const count = (before?.count ?? 0) + 1;
  const since = before?.since ?? now.toISOString();
  const isNews = before === null || before.digest !== digest || isOld(before.sent, now, remindAfterMs);
  const sent = isNews ? now.toISOString() : before.sent;
  const alarm = { since, count, digest, sent };
  return isNews ? { alarm, kind: verdict.kind, about: alarm } : { alarm, kind: null, about: null };
}

/** A time in the future comes from a clock that was wrong then or is now: better one message too many. */
function isOld(sent: string | null, now: Date, remindAfterMs: number): boolean {
  if (sent === null) return true;
  const ageMs = now.getTime() - Date.parse(sent);
  return ageMs < 0 || ageMs >= remindAfterMs;
}

/** The alarm that a command belongs to: whoever takes a backup, it is the same trouble. */
export function alarmOf(command: string): string {
  return command === 'auto' ? 'backup' : command;
}

/** Whether a run says anything about what works: what the operator stopped or declined does not. */
export function verdictOf(result: RunResult, reasons: readonly string[]): RunVerdict | null {
  if (result === 'succeeded') return { kind: 'good', reasons };
  if (result === 'failed') return { kind: 'failure', reasons };
  return result === 'findings' ? { kind: 'findings', reasons } : null;
}
