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
      // From 23:30 UTC: 00:30 in Berlin, where 02:30 does not exist on this night; 22:30 on the Azores.
      const [berlin, azores] = await spendNight({
        start: '2027-03-27 23:30:00',
        speed: 450,
        hours: 4.5,
        everyMinutes: 30,
        zones: ['Europe/Berlin', 'Atlantic/Azores'],
        daily: '02:30',
      });
      // A busy machine may start the next call before a snapshot is done; that one has nothing else to say.
      const calm = /^(Another run holds the lock; .* will be looked at again by the next auto\n)*$/;
      for (const { log } of [berlin!, azores!]) expect(log).toMatch(calm);
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
      // There the clocks go from 00:00 to 01:00 at the same instant, and are those of UTC then.
      expect(azores!.snapshots.map(([name]) => name)).toEqual([
        'monthly-backup-2027-03-01',
        'daily-backup-2027-03-28',
        'weekly-backup-2027-03-28',
      ]);
      expect(azores!.snapshots.slice(1).map(([, created]) => created.slice(0, 15))).toEqual([
        '2027-03-28T02:3',
        '2027-03-28T03:0',
      ]);
    }, 120_000);
  },
);
