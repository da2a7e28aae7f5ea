import { currentPeriod } from './periods.ts';
import type { Schedule } from './schedule.ts';

/**
 * Whether the schedule asks for a drill that was not made since. One that failed counts: it is told of, and tried again
 * in the next period.
 *
 * @param last when the last drill ended; null when there was none
 */
export function isDrillDue({ zone, drill }: Schedule, last: string | null, now: Date): boolean {
  if (drill == null) return false;
  const period = currentPeriod({ zone, daily: null, weekly: drill, monthly: null }, 'weekly', now);
  return period !== null && (last === null || Date.parse(last) < period.due.getTime());
}
