/**
 * Whole days of `auto` under the real cron, sped up: an ordinary day, and the nights when clocks go forward and back.
 * Compares what was taken with what a calendar says, and exits 1 where they differ. As root, with cron and faketime
 * installed: `npx tsx test/campaigns/cron.ts [speed]`; the default of 300 suits a machine with other work.
 */
import { type Night, type NightResult, spendNight } from '../host/cron-nights.ts';
import { whyNoFastCron } from '../host/fast-cron.ts';

/** The name of a snapshot and the UTC time from which on it is due. */
type Slot = readonly [name: string, due: string];

interface Day {
  readonly start: string;
  readonly daily: string;
  /** By hand from the calendars of both zones, not by the code under test. */
  readonly slots: Readonly<Record<string, readonly Slot[]>>;
}

const hours = 26;
const speed = Number(process.argv[2] ?? 300);
/** A call every quarter of an hour; the one that serves a slot may be the next, and starts a little late. */
const mostLateMinutes = 30;

const days: Readonly<Record<string, Day>> = {
  'an ordinary day': {
    start: '2026-11-17 12:00:00',
    daily: '02:30',
    slots: {
      'Europe/Berlin': [
        ['monthly-backup-2026-11-01', '2026-11-17T12:00'],
        ['daily-backup-2026-11-18', '2026-11-18T01:30'],
      ],
      'America/New_York': [
        ['monthly-backup-2026-11-01', '2026-11-17T12:00'],
        ['daily-backup-2026-11-18', '2026-11-18T07:30'],
      ],
    },
  },
  'clocks go forward in Berlin, and 02:30 is left out': {
    start: '2027-03-27 12:00:00',
    daily: '02:30',
    slots: {
      'Europe/Berlin': [
        ['monthly-backup-2027-03-01', '2027-03-27T12:00'],
        ['weekly-backup-2027-03-28', '2027-03-28T01:00'],
        ['daily-backup-2027-03-28', '2027-03-28T01:30'],
      ],
      'America/New_York': [
        ['monthly-backup-2027-03-01', '2027-03-27T12:00'],
        ['daily-backup-2027-03-28', '2027-03-28T06:30'],
        ['weekly-backup-2027-03-28', '2027-03-28T07:00'],
      ],
    },
  },
  'clocks go back in Berlin, and 02:30 comes twice': {
    start: '2026-10-24 12:00:00',
    daily: '02:30',
    slots: {
      'Europe/Berlin': [
        ['monthly-backup-2026-10-01', '2026-10-24T12:00'],
        ['daily-backup-2026-10-25', '2026-10-25T00:30'],
        ['weekly-backup-2026-10-25', '2026-10-25T02:00'],
      ],
      'America/New_York': [
        ['monthly-backup-2026-10-01', '2026-10-24T12:00'],
        ['daily-backup-2026-10-25', '2026-10-25T06:30'],
        ['weekly-backup-2026-10-25', '2026-10-25T07:00'],
      ],
    },
  },
  'clocks go back in New York, and 01:30 comes twice': {
    start: '2026-10-31 18:00:00',
    daily: '01:30',
    slots: {
      'Europe/Berlin': [
        ['monthly-backup-2026-10-01', '2026-10-31T18:00'],
        ['daily-backup-2026-11-01', '2026-11-01T00:30'],
        ['weekly-backup-2026-11-01', '2026-11-01T02:00'],
        ['monthly-backup-2026-11-01', '2026-11-01T03:00'],
      ],
      'America/New_York': [
        ['monthly-backup-2026-10-01', '2026-10-31T18:00'],
        ['daily-backup-2026-11-01', '2026-11-01T05:30'],
        ['weekly-backup-2026-11-01', '2026-11-01T08:00'],
        ['monthly-backup-2026-11-01', '2026-11-01T09:00'],
      ],
    },
  },
};

const reason = whyNoFastCron();
if (reason !== null) throw new Error(`The real cron cannot be sped up here: ${reason}`);
for (const [what, day] of Object.entries(days)) {
  const { start, daily, slots } = day;
  process.stdout.write(`${what}, from ${start} UTC, ${hours} hours at ${speed} times the speed\n`);
  const zones = Object.keys(slots);
  const night: Night = { start, daily, zones, hours, speed, everyMinutes: 15 };
  for (const result of await spendNight(night)) tellOf(result, slots[result.zone]!);
}

function tellOf({ zone, snapshots, calls, log }: NightResult, slots: readonly Slot[]): void {
  const late = ([name, due]: Slot): number => {
    const created = snapshots.find((snapshot) => snapshot[0] === name)?.[1];
    return created === undefined ? Number.NaN : (Date.parse(`${created}Z`) - Date.parse(`${due}Z`)) / 60_000;
  };
  const missed = slots.filter((slot) => !(late(slot) >= 0 && late(slot) <= mostLateMinutes));
  const doubled = snapshots.filter(([name]) => !slots.some((slot) => slot[0] === name));
  const figures = [
    `calls of auto ${calls} of ${hours * 4}`,
    `slots expected ${slots.length}`,
    `backups taken ${snapshots.length}`,
    `missed ${missed.length}`,
    `doubled ${doubled.length}`,
  ];
  process.stdout.write(`  ${zone}: ${figures.join(', ')}\n`);
  for (const [name, created] of snapshots) process.stdout.write(`    ${created}  ${name}\n`);
  if (log !== '') process.stdout.write(`    ${zone} said: ${log}\n`);
  if (missed.length + doubled.length > 0) process.exitCode = 1;
}
