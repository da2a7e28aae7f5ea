import { Option } from 'commander';
import { backUp } from '../../api/backup.ts';
import { AppError } from '../../errors.ts';
import type { TierServed } from '../../operations/back-up-tier.ts';
import type { BackupResult } from '../../operations/backup.ts';
import { type Tier, tiers } from '../../snapshot/header.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import {
  type AddCommand,
  addPassphraseOptions,
  collect,
  collectNames,
  type Outcome,
  withCommonOptions,
  withExamples,
} from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { copiesExitCode, describeCopies } from '../offsite-text.ts';
import type { CommonFlags, Session } from '../session.ts';
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
  readonly format?: 'sqlite';
}

export const addBackup: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('backup [name]'))
    .description(
      'Takes a complete snapshot of the database into the backup folder, and verifies it before it gets its name.',
    )
    .addOption(new Option('--tier <tier>', 'the series of automatic snapshots that it serves').choices(tiers))
    .option('--description <text>', 'what it is for')
    .option('--tag <text>', 'a tag (repeatable)', collect)
    .option('--only <names>', 'only these models or tables (repeatable, or with commas)', collectNames)
    .option('--exclude <names>', 'all but these models or tables (repeatable, or with commas)', collectNames)
    .option('--all-schemas', 'every schema of the database, not only those that the application uses')
    .addOption(
      new Option('--format <format>', 'sqlite: the whole SQLite file instead of its rows').choices([
        'sqlite',
      ]),
    )
    .option('--no-compression', 'write a plain .json')
    .option('--level <1-9>', 'how hard to compress: 1 is fast, 9 is small (default 6)')
    .option('--lock-timeout <time>', 'how long to wait for locks of others (default 30s)')
    .option('--force', 'with --tier: take another one although the period has its snapshot')
    .option('--encrypt <recipient>', 'encrypt it for this age recipient (repeatable)', collect)
    .option('--adopt', 'take the backup folder over from another database, after a move');
  addPassphraseOptions(command);
  withExamples(command, [
    'holdfast backup',
    'holdfast backup before-upgrade --description "Before version 3" --tag release',
    'holdfast backup --tier daily --quiet',
    'holdfast backup --only Order,OrderLine',
    'holdfast backup --encrypt age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudatlcsqzqjx0w',
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
  checkKeys(session, flags);
  const { tag: tags, ...options } = flags;
  const named = name === null ? {} : { name };
  const result = await backUp(session, { ...options, ...named, ...(tags === undefined ? {} : { tags }) });
  const exitCode = result.snapshot === null ? exitCodes.done : copiesExitCode(result.offsite);
  return { document: result, text: describe(result), exitCode };
}

/** age encrypts for recipients or with a passphrase: one of two that were asked for would be left out silently. */
function checkKeys({ settings }: Session, { passphraseFile, passphraseFd }: BackupFlags): void {
  const isAskedFor = passphraseFile !== undefined || passphraseFd !== undefined;
  if (!isAskedFor || settings.encryption.recipients.length === 0) return;
  throw new AppError('USAGE', 'A snapshot is encrypted for recipients or with a passphrase, not both', {
    hint: `The recipients come from ${settings.origins.encryptionRecipient}; leave one of the two out`,
  });
}

function describe(result: BackupResult | TierServed): string {
  if (result.snapshot !== null) return describeBackup(result);
  const { tier, period, by } = result.served;
  return `The ${tier} backup of ${period} is there already: ${printable(by)}. To take another one: --force`;
}

function describeBackup({ snapshot, offsite, warnings, durationMs }: BackupResult): string {
  const size = `${countOf(snapshot.rows, 'row')} in ${countOf(snapshot.tables.length, 'table')}, ${formatBytes(snapshot.bytes)}`;
  const leftOut = snapshot.leftOut.map(
    ({ kind, name, reason }) => `  left out: ${kind} ${printable(name)} (${printable(reason)})`,
  );
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    `Saved ${printable(snapshot.path)}`,
    `  ${size}, in ${formatDuration(durationMs)}, read back and verified`,
    ...describeCopies(offsite),
    ...shorten(leftOut),
    `Next: holdfast show ${snapshot.name}`,
  ].join('\n');
}

/** Ten lines at most; all of them are in `show`. */
function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= 10) return lines;
  return [...lines.slice(0, 9), `  and ${lines.length - 9} more, see: holdfast show`];
}
