import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/retention/candidate.ts';
import { findDue, nameOfPeriod } from '../../src/retention/due-tiers.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { snapshotAt } from './sidecars.ts';

const noon = '2026-11-21T12:00:00Z';
const all = ['monthly', 'weekly', 'daily'] as const;

function dueAt(now: string, snapshots: readonly Candidate[], schedule = defaultSchedule): string[] {
  return findDue(snapshots, schedule, new Date(now)).map(nameOfPeriod);
}

describe('what is due', () => {
  it('is every tier where there is nothing, named by its period, the longest first', () => {
    expect(dueAt(noon, [])).toEqual([
      'monthly-backup-2026-11-01',
      'weekly-backup-2026-11-15',
      'daily-backup-2026-11-21',
    ]);
  });

  it('is nothing where one snapshot serves all', () => {
    expect(dueAt(noon, [snapshotAt('2026-11-21T02:00:01Z', all)])).toEqual([]);
  });

  it('is one daily however many days were missed', () => {
    expect(dueAt(noon, [snapshotAt('2026-11-15T04:00:00Z', all)])).toEqual(['daily-backup-2026-11-21']);
  });

  it.each([
    ['unverified', { verified: null }],
    ['of some tables only', { partial: true }],
    ['a safety snapshot', { purpose: 'safety' as const }],
  ])('is not served by a snapshot that is %s', (_what, more) => {
    expect(dueAt(noon, [snapshotAt('2026-11-21T02:00:01Z', all, more)])).toHaveLength(3);
  });

  it('is not served by one that was made by hand, nor by a file that cannot be read', () => {
    const unreadable = { name: 'daily-backup-2026-11-21', path: '/x', sidecar: null };
    expect(dueAt(noon, [snapshotAt('2026-11-21T09:00:00Z'), unreadable])).toHaveLength(3);
  });

  it('is taken once in each period when the clock swings to and fro', () => {
    const snapshots: Candidate[] = [];
    for (let step = 0; step < 2000; step++) {
      const at = Date.parse(noon) + Math.round(Math.sin(step / 7) * 10) * 43_200_000;
      const periods = findDue(snapshots, defaultSchedule, new Date(at));
      if (periods.length > 0)
        snapshots.push(
          snapshotAt(
            at,
            periods.map(({ tier }) => tier),
          ),
        );
    }
    // Eleven days, over which two or three weeks and one month lie.
    expect(snapshots.length).toBeLessThanOrEqual(16);
  });

  it('is not hidden by a snapshot of the future', () => {
    expect(dueAt(noon, [snapshotAt('2030-01-01T04:30:00Z', all)])).toHaveLength(3);
  });

  it('follows a new schedule at once', () => {
    const late = { ...defaultSchedule, daily: { hour: 22, minute: 0 } };
    expect(dueAt(noon, [snapshotAt('2026-11-21T02:00:01Z', all)], late)).toEqual([]);
    expect(dueAt('2026-11-21T22:00:00Z', [snapshotAt('2026-11-21T02:00:01Z', all)], late)).toEqual([
      'daily-backup-2026-11-21',
    ]);
  });
});
