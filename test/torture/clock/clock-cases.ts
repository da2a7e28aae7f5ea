import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DateTime } from 'luxon';
import { Shop } from '../../cli/shop.ts';
import { type CliResult, documentOf } from '../../support/cli.ts';
import type { CaseResult } from '../fault-class.ts';
import { runAt } from './fake-clock.ts';

/** A case of the class; the label says what is odd about the clock or the surroundings. */
export interface ClockCase {
  readonly label: string;
  run(program?: string): Promise<CaseResult>;
}

const minute = 60_000;
const day = 1440 * minute;
/** Both changes of 2027 in each; the last moves by half an hour. */
export const changes: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '2027-03-28T01:00:00Z'],
  ['Europe/Berlin', '2027-10-31T01:00:00Z'],
  ['America/New_York', '2027-03-14T07:00:00Z'],
  ['America/New_York', '2027-11-07T06:00:00Z'],
  ['America/Santiago', '2027-04-04T03:00:00Z'],
  ['America/Santiago', '2027-09-05T04:00:00Z'],
  ['Africa/Casablanca', '2027-02-07T02:00:00Z'],
  ['Africa/Casablanca', '2027-03-14T02:00:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T15:00:00Z'],
  ['Australia/Lord_Howe', '2027-10-02T15:30:00Z'],
];

/** Leaps of the clock, in days; two go to 1970 and to 2038. */
const leaps = [-400, -31, -1, -1 / 24, 1 / 24, 1, 5, 31, 400, -20_780, 4100];
const start = new Date('2026-11-24T12:00:00Z');

/** `auto` and backups by hand around the change, every 30 minutes. */
export function changeCase([zone, instant]: readonly [string, string]): ClockCase {
  return {
    label: `the clock change of ${zone} at ${instant}`,
    async run(program) {
      const shop = new Shop();
      const watch = new FolderWatch(shop);
      const at = Date.parse(instant);
      const env = { TZ: zone, BACKUP_TIME_ZONE: zone, BACKUP_SCHEDULE_DAILY: '02:30' };
      const run = (argv: readonly string[], when: number) =>
        runAt({ shop, argv, at: new Date(when), env, ...(program === undefined ? {} : { program }) });
      await watch.expectGood(await run(['auto', '--json'], at - day));
      for (let step = -2; step <= 2; step++) {
        const when = at + step * 30 * minute;
        await watch.expectNew(await run(['backup', '--json'], when));
        await watch.expectGood(await run(['auto', '--json'], when));
      }
      await watch.expectGood(await run(['cleanup', '--json'], at + 90 * minute));
      const hasChanged = offsetAt(zone, at - minute) !== offsetAt(zone, at + minute);
      return { fired: hasChanged, violations: [...watch.broken, ...watch.repeatedPeriods()] };
    },
  };
}

/** Four days of `auto`, a leap of the clock, `auto` and `cleanup`, and the clock is right again. */
export function leapCase(days: number, command: 'auto' | 'cleanup'): ClockCase {
  return {
    label: `the clock leaps by ${days.toFixed(2)} days before ${command}`,
    async run(program) {
      const shop = new Shop();
      const watch = new FolderWatch(shop);
      const more = program === undefined ? {} : { program };
      for (let passed = 0; passed < 4; passed++) {
        const at = new Date(start.getTime() + passed * day);
        await watch.expectGood(await runAt({ shop, argv: ['auto', '--json'], at, ...more }));
      }
      const wrong = new Date(start.getTime() + 4 * day + days * day);
      const leapt = await runAt({ shop, argv: [command, '--json'], at: wrong, ...more });
      watch.look(`${command} by the wrong clock`);
      const cleaned = await runAt({ shop, argv: ['cleanup', '--json'], at: wrong, ...more });
      watch.look('cleanup by the wrong clock');
      const right = new Date(start.getTime() + 5 * day);
      await watch.expectGood(await runAt({ shop, argv: ['auto', '--json'], at: right, ...more }));
      await watch.expectGood(await runAt({ shop, argv: ['cleanup', '--json'], at: right, ...more }));
      const codes = [leapt.exitCode, cleaned.exitCode];
      // A clock that cannot be right is a reason to refuse, or a finding.
      if (codes.some((code) => ![0, 2, 4].includes(code)))
        watch.broken.push(`exit codes ${codes}: ${leapt.stderr}`);
      return { fired: true, violations: watch.broken };
    },
  };
}

export const allLeaps: readonly ClockCase[] = leaps.flatMap((days) => [
  leapCase(days, 'auto'),
  leapCase(days, 'cleanup'),
]);

/** Sees what happens to the snapshots of a folder. All are younger than any limit: none may go, change or be replaced. */
export class FolderWatch {
  readonly broken: string[] = [];
  readonly #shop: Shop;
  #files: ReadonlyMap<string, string> = new Map();

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  /** The run succeeded. */
  async expectGood(result: CliResult): Promise<void> {
    if (![0, 4].includes(result.exitCode))
      this.broken.push(`exit ${result.exitCode}: ${result.stdout}${result.stderr}`);
    this.look('a run');
  }

  /** The run succeeded, and has added a snapshot with a name of its own. */
  async expectNew(result: CliResult): Promise<void> {
    const before = this.#files.size;
    await this.expectGood(result);
    if (this.#files.size !== before + 1)
      this.broken.push(`${this.#files.size - before} new files after a backup`);
  }

  look(after: string): void {
    const found = readSnapshots(this.#shop.backups);
    for (const [name, digest] of this.#files) {
      if (!found.has(name)) this.broken.push(`${name} was deleted by ${after}`);
      else if (found.get(name) !== digest) this.broken.push(`${name} was replaced by ${after}`);
    }
    this.#files = found;
  }

  /** One snapshot serves a period of a tier: a second one would carry a number behind the same date. */
  repeatedPeriods(): readonly string[] {
    const names = [...this.#files.keys()].filter((name) =>
      /^(daily|weekly|monthly)-backup-.*-\d+\.json\.gz$/.test(name),
    );
    return names
      .filter((name) => !/^\w+-backup-\d{4}-\d\d-\d\d\.json\.gz$/.test(name))
      .map((name) => `${name} serves a period that was served`);
  }
}

function readSnapshots(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));
  return new Map(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(path.join(folder, name)))
        .digest('hex'),
    ]),
  );
}

function offsetAt(zone: string, ms: number): number {
  return DateTime.fromMillis(ms, { zone }).offset;
}

/** What a snapshot holds of each table, whatever its name and time. */
export function contentOf(result: CliResult): string {
  const { tables } = documentOf(result) as { tables: { name: string; sha256: string; rows: number }[] };
  return JSON.stringify(tables.map(({ name, rows, sha256 }) => [name, rows, sha256]));
}
