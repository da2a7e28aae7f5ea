import { type Tier, tiers } from '../snapshot/header.ts';
import { type Candidate, isWholeAndVerified, tiersServed } from './candidate.ts';
import { currentPeriod, type Period } from './periods.ts';
import type { Schedule } from './schedule.ts';

/** The verified snapshot that serves a period, or null. When it was made decides, so that a new schedule holds at once. */
export function findServing<T extends Candidate>(snapshots: readonly T[], period: Period): T | null {
  const found = snapshots.find(({ sidecar }) => {
    if (!isWholeAndVerified(sidecar) || !tiersServed(sidecar).includes(period.tier)) return false;
    const created = Date.parse(sidecar.created);
    return created >= period.due.getTime() && created < period.next.getTime();
  });
  return found ?? null;
}

/**
 * The periods that are due now and served by no snapshot, the longest tier first. However long nothing ran, and
 * wherever the clock went, it is one period for each tier: a missed time is caught up once.
 */
export function findDue(snapshots: readonly Candidate[], schedule: Schedule, now: Date): readonly Period[] {
  const longestFirst: readonly Tier[] = tiers.toReversed();
  return longestFirst.flatMap((tier) => {
    const period = currentPeriod(schedule, tier, now);
    return period === null || findServing(snapshots, period) !== null ? [] : [period];
  });
}

/** `weekly-backup-2026-11-15`: the name of a snapshot that serves a period. */
export function nameOfPeriod({ tier, date }: Period): string {
  return `${tier}-backup-${date}`;
}
