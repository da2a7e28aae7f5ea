import { DateTime, Settings } from 'luxon';
import { type Tier, tiers } from '../snapshot/header.ts';
import type { Schedule, TimeOfDay } from './schedule.ts';

// Dates are written in digits only. Asking the system for its locale is a tenth of the start of an idle `auto`.
Settings.defaultLocale = 'en-US';

/** The stretch of time that one snapshot of a tier stands for: from when it is due until the next one is. */
export interface Period {
  readonly tier: Tier;
  /** The local date of the due time, `2026-11-20`; part of the snapshot's name. */
  readonly date: string;
  readonly due: Date;
  readonly next: Date;
}

/**
 * The period that holds `now`; null for a tier that is switched off. A local time that the clocks leave out is due when
 * they have been put forward, one that comes twice is due the first time: no period is skipped and none comes twice.
 */
export function currentPeriod(schedule: Schedule, tier: Tier, now: Date): Period | null {
  const calendar = calendarOf(schedule, tier, now);
  if (calendar === null) return null;
  const at = now.getTime();
  let step = 1;
  while (calendar.dueAt(step) > at) step--;
  const due = calendar.dueAt(step);
  // Where a whole date was left out, two dates fall on one instant: the later one names it.
  let after = step + 1;
  while (calendar.dueAt(after) <= due) after++;
  return {
    tier,
    date: calendar.day(after - 1).toISODate() ?? '',
    due: new Date(due),
    next: new Date(calendar.dueAt(after)),
  };
}

/** The next time at which any tier is due; null when all are switched off. */
export function nextDue(schedule: Schedule, now: Date): Date | null {
  const next = tiers.flatMap((tier) => currentPeriod(schedule, tier, now)?.next.getTime() ?? []);
  return next.length === 0 ? null : new Date(Math.min(...next));
}

interface Calendar {
  /** The day of a tier that is `step` periods away from the one around now. */
  day(step: number): DateTime;
  dueAt(step: number): number;
}

function calendarOf(schedule: Schedule, tier: Tier, now: Date): Calendar | null {
  const local = DateTime.fromJSDate(now, { zone: schedule.zone });
  // Dates are counted in UTC, which has no gaps; only the due time itself is a local one.
  const today = DateTime.utc(local.year, local.month, local.day);
  const time = schedule[tier];
  const day = dayCounter(schedule, tier, today);
  if (time === null || day === null) return null;
  return { day, dueAt: (step) => instantOf(day(step), time, schedule.zone) };
}

function dayCounter(schedule: Schedule, tier: Tier, today: DateTime): ((step: number) => DateTime) | null {
  const { weekly, monthly } = schedule;
  if (tier === 'daily') return (step) => today.plus({ days: step });
  if (tier === 'weekly') {
    if (weekly === null) return null;
    const back = (today.weekday - weekly.weekday + 7) % 7;
    return (step) => today.plus({ days: 7 * step - back });
  }
  if (monthly === null) return null;
  return (step) => {
    const month = today.startOf('month').plus({ months: step });
    return month.set({ day: Math.min(monthly.day, month.daysInMonth ?? 28) });
  };
}

function instantOf(day: DateTime, { hour, minute }: TimeOfDay, zone: string): number {
  const { year, month, day: date } = day;
  const local = DateTime.fromObject({ year, month, day: date, hour, minute }, { zone });
  return Math.min(...local.getPossibleOffsets().map((one) => one.toMillis()));
}
