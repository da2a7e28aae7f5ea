import { describe, expect, it } from 'vitest';
import { spendNight } from './cron-nights.ts';
import { whyNoFastCron } from './fast-cron.ts';

const reason = whyNoFastCron();
if (reason !== null) process.stderr.write(`skipped: real cron, because ${reason}\n`);

describe.skipIf(reason !== null && process.env['CI'] === undefined)(
  'auto under the real cron, sped up',
  () => {
    it('takes one daily on the night when clocks go forward, in each zone at its own time', async () => {
      expect(reason).toBeNull();
      // From 23:30 UTC: 00:30 in Berlin, where 02:30 does not exist on this night; 19:30 in New York.
      const [berlin, newYork] = await spendNight({
        start: '2027-03-27 23:30:00',
        speed: 900,
        hours: 8,
        minutes: '*/30',
        zones: ['Europe/Berlin', 'America/New_York'],
        daily: '02:30',
      });
      expect(berlin!.log).toBe('');
      expect(newYork!.log).toBe('');
      // The first call catches up all that was missed. 03:00 summer time is 01:00 UTC, and 02:30 moves to 03:30.
      expect(berlin!.snapshots.map(([name]) => name)).toEqual([
        'monthly-backup-2027-03-01',
        'weekly-backup-2027-03-28',
        'daily-backup-2027-03-28',
      ]);
      expect(berlin!.snapshots.slice(1).map(([, created]) => created.slice(0, 15))).toEqual([
        '2027-03-28T01:0',
        '2027-03-28T01:3',
      ]);
      // There the clocks went forward two weeks before: 02:30 is 06:30 UTC, and Sunday 03:00 is 07:00.
      expect(newYork!.snapshots.map(([name]) => name)).toEqual([
        'monthly-backup-2027-03-01',
        'daily-backup-2027-03-28',
        'weekly-backup-2027-03-28',
      ]);
      expect(newYork!.snapshots.slice(1).map(([, created]) => created.slice(0, 15))).toEqual([
        '2027-03-28T06:3',
        '2027-03-28T07:0',
      ]);
    }, 120_000);
  },
);
