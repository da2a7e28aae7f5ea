import type { Schedule } from './schedule.ts';

/** What is known of the clock from earlier runs. */
export interface ClockRecord {
  /** The latest time at which a run was seen. */
  readonly highWater: string | null;
  /** The last leap forward that is still in doubt: the clock may be wrong, or the machine may have slept. */
  readonly leap: { readonly from: string; readonly to: string } | null;
}

const dayMs = 86_400_000;

/** How long the clock has to run on after a leap before it is believed. */
const settleMs = 2 * dayMs;

/** Going back by less is a clock being set right. */
const toleranceMs = 5 * 60_000;

/** Notes the time of a run. */
export function watchClock(record: ClockRecord, now: Date, schedule: Schedule): ClockRecord {
  const at = now.getTime();
  const text = now.toISOString();
  if (record.highWater === null) return { highWater: text, leap: null };
  const before = Date.parse(record.highWater);
  const highWater = at > before ? text : record.highWater;
  if (at - before > longestSilence(schedule)) {
    return { highWater, leap: { from: record.highWater, to: text } };
  }
  const silence = longestSilence(schedule);
  return { highWater, leap: isInDoubt(record.leap, { at, silence }) ? record.leap : null };
}

/** A leap is over when the clock has run on long enough, or is back where it was before: a part of the way is not. */
function isInDoubt(
  leap: ClockRecord['leap'],
  { at, silence }: { readonly at: number; readonly silence: number },
): boolean {
  if (leap === null) return false;
  const isTakenBack = at - Date.parse(leap.from) <= silence;
  return !isTakenBack && at <= Date.parse(leap.to) + settleMs;
}

/** How far the clock stands behind a time that it has already shown, in milliseconds; 0 when it does not. */
export function setBackBy({ highWater }: ClockRecord, now: Date): number {
  const back = highWater === null ? 0 : Date.parse(highWater) - now.getTime();
  return back > toleranceMs ? back : 0;
}

/** Runs of a healthy schedule are never further apart; weekends and the like are no leap. */
function longestSilence({ daily, weekly }: Schedule): number {
  if (daily !== null) return 4 * dayMs;
  return weekly === null ? 62 * dayMs : 14 * dayMs;
}
