import { Option } from 'commander';
import type { TierServed } from '../../operations/back-up-tier.ts';
import type { BackupRequest, BackupResult } from '../../operations/backup.ts';
import { type Tier, tiers } from '../../snapshot/header.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import {
  type AddCommand,
  collect,
  collectNames,
  type Outcome,
  withCommonOptions,
  withExamples,
} from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CommonFlags, findApplication, runLogged, type Session } from '../session.ts';
import { printable } from '../text-table.ts';

interface BackupFlags extends CommonFlags {
  readonly tier?: Tier;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
  readonly allSchemas?: boolean;
  readonly adopt?: boolean;
  readonly force?: boolean;
}

export const addBackup: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('backup [name]'))
    .summary('take a snapshot of the database, verified before it gets its name')
    .description(
      'Takes a complete snapshot of the database into the backup folder, and verifies it before it gets its name.',
    )
    .addOption(new Option('--tier <tier>', 'the series of automatic snapshots that it serves').choices(tiers))
    .option('--description <text>', 'what it is for')
    .option('--tag <text>', 'a tag (repeatable)', collect)
    .option('--only <names>', 'only these models or tables (repeatable, or with commas)', collectNames)
    .option('--exclude <names>', 'all but these models or tables (repeatable, or with commas)', collectNames)
    .option('--all-schemas', 'every schema of the database, not only those that the application uses')
    .option('--no-compression', 'write a plain .json')
    .option('--level <1-9>', 'how hard to compress: 1 is fast, 9 is small (default 6)')
    .option('--lock-timeout <time>', 'how long to wait for locks of others (default 30s)')
    .option('--force', 'with --tier: take another one although the period has its snapshot')
    .option('--adopt', 'take the backup folder over from another database, after a move');
  withExamples(command, [
    'holdfast backup',
    'holdfast backup before-upgrade --description "Before version 3" --tag release',
    'holdfast backup --tier daily --quiet',
    'holdfast backup --only Order,OrderLine',
  ]);
  command.action((name: string | undefined, flags: BackupFlags) =>
    run('backup', backupFlags(flags), (session) => takeBackup(session, name ?? null, flags)),
  );
};

/** Commander sets `compression` to true where nothing was said; then the settings decide. */
function backupFlags({ compression, ...flags }: BackupFlags): CommonFlags {
  return compression === false ? { ...flags, compression } : flags;
}

async function takeBackup(session: Session, name: string | null, flags: BackupFlags): Promise<Outcome> {
  const result = await runLogged(session, 'backup', async (ports) => {
    const request = await requestFor(session, name, flags);
    if (flags.tier !== undefined) {
      const { backUpTier } = await import('../../operations/back-up-tier.ts');
      const { schedule } = session.settings;
      return backUpTier(ports, { ...request, tier: flags.tier, schedule, force: flags.force === true });
    }
    const { backup } = await import('../../operations/backup.ts');
    return backup(ports, request);
  });
  return { document: result, text: describe(result), exitCode: exitCodes.done };
}

async function requestFor(session: Session, name: string | null, flags: BackupFlags): Promise<BackupRequest> {
  const { compression, compressionLevel, lockTimeoutMs } = session.settings;
  return {
    ...(await findApplication(session)),
    lockTimeoutMs,
    scope: { allSchemas: flags.allSchemas === true },
    selection: { only: flags.only ?? [], exclude: flags.exclude ?? [] },
    name,
    tier: flags.tier ?? null,
    description: flags.description ?? null,
    tags: flags.tag ?? [],
    compressionLevel: compression ? compressionLevel : null,
    adopt: flags.adopt === true,
  };
}

function describe(result: BackupResult | TierServed): string {
  if (result.snapshot !== null) return describeBackup(result);
  const { tier, period, by } = result.served;
  return `The ${tier} backup of ${period} is there already: ${printable(by)}. To take another one: --force`;
}

function describeBackup({ snapshot, warnings, durationMs }: BackupResult): string {
  const size = `${countOf(snapshot.rows, 'row')} in ${countOf(snapshot.tables.length, 'table')}, ${formatBytes(snapshot.bytes)}`;
  const leftOut = snapshot.leftOut.map(
    ({ kind, name, reason }) => `  left out: ${kind} ${printable(name)} (${printable(reason)})`,
  );
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    `Saved ${printable(snapshot.path)}`,
    `  ${size}, in ${formatDuration(durationMs)}, read back and verified`,
    ...shorten(leftOut),
    `Next: holdfast show ${snapshot.name}`,
  ].join('\n');
}

/** Ten lines at most; all of them are in `show`. */
function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= 10) return lines;
  return [...lines.slice(0, 9), `  and ${lines.length - 9} more, see: holdfast show`];
}
