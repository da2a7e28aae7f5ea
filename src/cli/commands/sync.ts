import { Argument, InvalidArgumentError } from 'commander';
import { syncTargets, usualSyncDays } from '../../api/sync.ts';
import type { SyncedTarget, SyncRequest, SyncResult } from '../../operations/sync.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { copiesExitCode, describeTrouble, formatCopies } from '../offsite-text.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

interface SyncFlags extends CommonFlags {
  readonly target?: string;
  readonly days: number;
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

const directions = ['push', 'pull', 'status'] as const;

export const addSync: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('sync'))
    .description(
      'Compares the backup folder with the targets of holdfast.config.json. push copies what is missing there, pull what is missing here; status only shows both sides. Nothing is deleted or replaced.',
    )
    .addArgument(new Argument('[direction]', 'which way').choices(directions).default('push'))
    .option('--target <name>', 'only this target')
    .option('--days <number>', 'the snapshots of so many days', parseDays, usualSyncDays)
    .option('--all', 'snapshots of any age')
    .option('--dry-run', 'show what would be copied; copy nothing');
  withExamples(command, [
    'holdfast sync',
    'holdfast sync status --all',
    'holdfast sync pull --target s3 --days 30',
  ]);
  command.action((direction: SyncRequest['direction'], flags: SyncFlags) =>
    run('sync', flags, (session) => syncAll(session, direction, flags)),
  );
};

function parseDays(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value))
    throw new InvalidArgumentError('it takes a whole number of days from 1 on');
  return Number(value);
}

async function syncAll(
  session: Session,
  direction: SyncRequest['direction'],
  flags: SyncFlags,
): Promise<Outcome> {
  const { all, days, ...options } = flags;
  const result = await syncTargets(session, { ...options, direction, days: all === true ? null : days });
  return {
    document: result,
    text: describe(result),
    exitCode: copiesExitCode(result.targets),
    isAnswer: direction === 'status',
  };
}

/** What is not copied for a reason of its own, the same on every target for the most part; ten lines at most. */
function describeLeft(targets: readonly SyncedTarget[]): readonly string[] {
  const lines = targets.flatMap(({ snapshots }) =>
    snapshots
      .filter(({ reason, isTrouble }) => reason !== '' && !isTrouble)
      .map(({ name, reason }) => `  not copied: ${printable(name)}: ${printable(reason)}`),
  );
  const different = [...new Set(lines)];
  return different.length <= 10
    ? different
    : [...different.slice(0, 9), `  and ${different.length - 9} more (--json)`];
}

function describe(result: SyncResult): string {
  const { targets, direction, dryRun, durationMs } = result;
  const hasRows = targets.some(({ snapshots }) => snapshots.length > 0);
  return [
    ...(hasRows ? [formatCopies(targets)] : []),
    ...describeTrouble(targets),
    ...(direction === 'push' ? describeLeft(targets) : []),
    ...targets.map(({ target, copied, bytes, older, error }) => {
      const rest = older === 0 ? '' : `; ${countOf(older, 'older snapshot')} not looked at (--all)`;
      const failed = error === null ? '' : ', then failed';
      if (direction === 'status') return `${target}: ${error === null ? 'reached' : 'failed'}${rest}`;
      const verb = direction === 'pull' ? 'fetched' : 'copied';
      return `${target}: ${countOf(copied.length, 'snapshot')} ${dryRun ? `to be ${verb}` : verb}, ${formatBytes(bytes)}${failed}${rest}`;
    }),
    ...(dryRun ? ['Nothing was copied (--dry-run)'] : [`Done in ${formatDuration(durationMs)}`]),
  ].join('\n');
}
