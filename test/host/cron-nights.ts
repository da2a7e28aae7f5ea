import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cronBlock } from '../../src/operations/scheduling/cron-lines.ts';
import { Shop } from '../cli/shop.ts';
import { projectFolder, runBinary } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';
import { nodeAt, readCalls, runFastCron } from './fast-cron.ts';

export interface Night {
  readonly start: string;
  readonly speed: number;
  readonly hours: number;
  /** How often cron starts `auto`. */
  readonly everyMinutes: number;
  readonly zones: readonly string[];
  readonly daily: string;
}

export interface NightResult {
  readonly zone: string;
  /** Names of snapshots with the times at which they were made, in order. */
  readonly snapshots: readonly (readonly [string, string])[];
  /** How often cron has started `auto`. */
  readonly calls: number;
  /** What the runs have said. */
  readonly log: string;
}

/** Lets the real cron run `auto` for shops in several time zones, by the lines that `schedule` writes. */
export async function spendNight(night: Night): Promise<readonly NightResult[]> {
  const folder = makeTempFolder();
  const node = nodeAt({ folder, ...night });
  const shops = night.zones.map((zone) => ({ zone, shop: new Shop() }));
  // Compiles the program, before the clock runs.
  for (const { shop } of shops) await runBinary(['list'], { cwd: shop.folder, env: shop.env });
  const lines = shops.flatMap(({ shop, zone }) => linesFor(shop, { zone, node, night }));
  for (const { shop } of shops) await shop.backUp('before');
  await runFastCron({ folder, ...night, lines });
  const calls = readCalls(folder);
  return shops.map(({ shop, zone }) => ({
    zone,
    calls: calls.filter(({ command }) => command.includes(` ${shop.folder} `)).length,
    ...resultOf(shop),
  }));
}

function linesFor(
  shop: Shop,
  { zone, node, night }: { zone: string; node: string; night: Night },
): readonly string[] {
  const block = cronBlock({
    node,
    bin: path.join(projectFolder, 'bin/holdfast.js'),
    appFolder: shop.folder,
    options: ['--time-zone', zone],
    logFile: path.join(shop.backups, 'holdfast.log'),
    searchPath: '/usr/bin:/bin',
  });
  const settings = {
    DATABASE_URL: shop.env['DATABASE_URL'],
    BACKUP_SCHEDULE_DAILY: night.daily,
    TMPDIR: '/tmp',
  };
  const assignments = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  return block.map((line) =>
    line
      .replace(/^\* /, `*/${night.everyMinutes} `)
      .replace('umask 077;', `umask 077; export ${assignments.join(' ')};`),
  );
}

function resultOf({ backups }: Shop): Omit<NightResult, 'zone' | 'calls'> {
  const snapshots = readdirSync(backups)
    .filter((name) => name.endsWith('.meta.json') && !name.startsWith('before'))
    .map((name): [string, string] => {
      const { created } = JSON.parse(readFileSync(path.join(backups, name), 'utf8')) as { created: string };
      return [name.replace(/\.json\.gz\.meta\.json$/, ''), created.slice(0, 16)];
    })
    .sort((a, b) => (a[1] < b[1] ? -1 : 1));
  return { snapshots, log: readFileSync(path.join(backups, 'holdfast.log'), 'utf8') };
}
