/**
 * Whole days of `auto` under the real cron, sped up: an ordinary day, and the nights when clocks go forward and back.
 * Prints what was taken and when. `npx tsx test/campaigns/cron.ts`, as root, with cron and faketime installed.
 */
import { type Night, spendNight } from '../host/cron-nights.ts';
import { whyNoFastCron } from '../host/fast-cron.ts';

const common = { speed: 600, minutes: '*/15', daily: '02:30', zones: ['Europe/Berlin', 'America/New_York'] };

const nights: Readonly<Record<string, Night>> = {
  'an ordinary day': { ...common, start: '2026-11-17 12:00:00', hours: 26 },
  'clocks go forward in Berlin': { ...common, start: '2027-03-27 12:00:00', hours: 26 },
  'clocks go back in Berlin': { ...common, start: '2026-10-24 12:00:00', hours: 26 },
  'clocks go back in New York': { ...common, start: '2026-10-31 18:00:00', hours: 26 },
};

const reason = whyNoFastCron();
if (reason !== null) throw new Error(`The real cron cannot be sped up here: ${reason}`);
for (const [what, night] of Object.entries(nights)) {
  process.stdout.write(
    `${what}, from ${night.start} UTC, ${night.hours} hours at ${night.speed} times the speed\n`,
  );
  for (const { zone, snapshots, log } of await spendNight(night)) {
    for (const [name, created] of snapshots)
      process.stdout.write(`  ${zone.padEnd(18)} ${created}  ${name}\n`);
    if (log !== '') process.stdout.write(`  ${zone} said: ${log}\n`);
  }
}
