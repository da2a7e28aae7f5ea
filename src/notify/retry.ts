import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from './deadline.ts';

/** How one attempt went. */
export interface Attempt {
  readonly ok: boolean;
  /** For the operator, without secrets. */
  readonly message: string;
  /** Whether another attempt could go better. */
  readonly isTemporary: boolean;
  /** How long the other side asks to wait; null when it says nothing. */
  readonly waitMs: number | null;
}

export interface RetryLimits {
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly firstWaitMs: number;
  /** Of one attempt, at most. */
  readonly attemptMs: number;
}

/**
 * Repeats an attempt while it fails for a reason that may pass and time is left. Gives up at once where the other side
 * asks to wait longer than that.
 */
export async function withRetries(
  limits: RetryLimits,
  deadline: Deadline,
  attempt: (timeoutMs: number) => Promise<Attempt>,
): Promise<{ ok: boolean; message: string }> {
  let waitMs = limits.firstWaitMs;
  for (let count = 1; ; count++) {
    const {
      ok,
      message,
      isTemporary,
      waitMs: askedMs,
    } = await attempt(Math.max(1, Math.ceil(Math.min(limits.attemptMs, deadline.remainingMs))));
    const told = count === 1 ? message : `${message} (attempt ${count})`;
    if (ok || !isTemporary || count >= limits.attempts) return { ok, message: told };
    const pauseMs = Math.max(waitMs, askedMs ?? 0);
    if (pauseMs >= deadline.remainingMs) return { ok, message: `${told}, and there was no time for another` };
    await sleep(pauseMs);
    waitMs *= 2;
  }
}
