import { type CleanupOptions, cleanUp } from '../../api/cleanup.ts';
import { AppError } from '../../errors.ts';
import type { CleanupDecision, CleanupResult } from '../../operations/cleanup.ts';
import type { CleanedTarget } from '../../operations/offsite/clean-targets.ts';
import { describePolicy } from '../../retention/describe-policy.ts';
import { largestAmount } from '../../retention/policy.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

type CleanupFlags = CommonFlags & Omit<CleanupOptions, 'days'>;

export const addCleanup: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('cleanup [days]'))
    .description(
      'Deletes the snapshots that the policy no longer keeps: with [days], automatic ones older than that; without, by the settings. Snapshots made by hand, pinned ones, the newest verified one, and what undo would take stay.',
    )
    .option('--dry-run', 'show what would be deleted, and why; delete nothing')
    .option('--include-manual', 'those made by hand, too, by the same number of days')
    .option('--weekly <count>', 'how many weekly snapshots stay (default 5)')
    .option('--monthly <count>', 'how many monthly snapshots stay (default 12)')
    .option('--max-count <count>', 'how many automatic snapshots stay at most')
    .option('--manual-days <days>', 'how long snapshots made by hand stay (default: for ever)')
    .option('--trust-clock', 'the clock is right, although it has leapt since the last run');
  withExamples(command, [
    'holdfast cleanup --dry-run',
    'holdfast cleanup',
    'holdfast cleanup 14 --include-manual',
  ]);
  command.action((days: string | undefined, flags: CleanupFlags) =>
    run('cleanup', flags, (session) => runCleanup(session, days, flags)),
  );
};

async function runCleanup(
  session: Session,
  given: string | undefined,
  flags: CleanupFlags,
): Promise<Outcome> {
  const days = given === undefined ? {} : { days: parseDays(given) };
  const result = await cleanUp(session, { ...flags, ...days });
  const exitCode = result.ok ? exitCodes.done : exitCodes.findings;
  return { document: result, text: describeCleanup(result), exitCode };
}

/** @throws AppError USAGE */
function parseDays(text: string): number {
  const days = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= largestAmount) return days;
  throw new AppError(
    'USAGE',
    `Cannot clean up by ${JSON.stringify(text)} days: it is not a whole number from 1 to ${largestAmount}`,
    { hint: 'Nothing was deleted. For example: holdfast cleanup 30 --dry-run' },
  );
}

function describeCleanup(result: CleanupResult): string {
  const { decisions, dryRun, kept, removed, freedBytes, keptManual, warnings, policy } = result;
  const manual =
    keptManual === 0 ? '' : `, ${keptManual} of them because they were made by hand (--include-manual)`;
  const [deleted, freed] = dryRun ? ['to delete', 'to free'] : ['deleted', 'freed'];
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    `Policy: ${describePolicy(policy)}`,
    ...(decisions.length === 0
      ? []
      : [formatTable(['', 'Name', 'Size', 'Why'], decisions.map(describeRow), [2])]),
    `${countOf(removed, 'snapshot')} ${deleted}, ${formatBytes(freedBytes)} ${freed}; ${kept} kept${manual}`,
    ...result.targets.flatMap((target) => describeTarget(target, deleted)),
    ...(dryRun ? ['Nothing was deleted (--dry-run)'] : []),
  ].join('\n');
}

function describeTarget(
  { target, decisions, kept, removed, freedBytes, error }: CleanedTarget,
  deleted: string,
): readonly string[] {
  const gone = decisions.filter(({ action }) => action === 'remove');
  const rows = gone.map(({ name, bytes, action, reason }) => [
    action,
    printable(name),
    formatBytes(bytes),
    reason,
  ]);
  return [
    `On ${target}: ${countOf(removed, 'snapshot')} ${deleted}, ${formatBytes(freedBytes)}; ${kept} kept${error === null ? '' : ', then it failed'}`,
    ...(rows.length === 0 ? [] : [formatTable(['', 'Name', 'Size', 'Why'], rows, [2])]),
  ];
}

function describeRow({ name, bytes, action, reason }: CleanupDecision): readonly string[] {
  return [action, name, formatBytes(bytes), reason];
}
