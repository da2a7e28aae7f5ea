import { AppError } from '../../errors.ts';
import type { CleanupDecision, CleanupRequest, CleanupResult } from '../../operations/cleanup.ts';
import { largestAmount, policyOfDays, type RetentionPolicy, type Rule } from '../../retention/policy.ts';
import { tiers } from '../../snapshot/header.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CommonFlags, runLogged, type Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

interface CleanupFlags extends CommonFlags {
  readonly dryRun?: boolean;
  readonly includeManual?: boolean;
  readonly trustClock?: boolean;
}

export const addCleanup: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('cleanup [days]'))
    .summary('delete the snapshots that the policy no longer keeps')
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
    run('cleanup', flags, (session) => cleanUp(session, days, flags)),
  );
};

async function cleanUp(session: Session, days: string | undefined, flags: CleanupFlags): Promise<Outcome> {
  const { cleanup } = await import('../../operations/cleanup.ts');
  const { settings } = session;
  const request: CleanupRequest = {
    policy: choosePolicy(settings.policy, { days, retentionDays: settings.retentionDays, flags }),
    policyFaults: settings.policyFaults,
    schedule: settings.schedule,
    dryRun: flags.dryRun === true,
    trustClock: flags.trustClock === true,
  };
  const result = request.dryRun
    ? await cleanup(session.ports, request)
    : await runLogged(session, 'cleanup', (ports) => cleanup(ports, request));
  return { document: result, text: describeCleanup(result), exitCode: exitCodes.done };
}

interface PolicyChoice {
  readonly days: string | undefined;
  readonly retentionDays: number;
  readonly flags: CleanupFlags;
}

function choosePolicy(
  settings: RetentionPolicy,
  { days: given, retentionDays, flags }: PolicyChoice,
): RetentionPolicy {
  const days = given === undefined ? null : parseDays(given);
  const policy = days === null ? settings : policyOfDays(settings, days);
  return flags.includeManual === true ? { ...policy, manual: { days: days ?? retentionDays } } : policy;
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
    ...(dryRun ? ['Nothing was deleted (--dry-run)'] : []),
  ].join('\n');
}

function describeRow({ name, bytes, action, reason }: CleanupDecision): readonly string[] {
  return [action, name, formatBytes(bytes), reason];
}

function describePolicy(policy: RetentionPolicy): string {
  const rules = [...tiers, 'manual', 'safety'] as const;
  const most = policy.maxCount === null ? [] : [`at most ${policy.maxCount} automatic ones`];
  return [...rules.map((name) => `${name} ${describeRule(policy[name])}`), ...most].join(', ');
}

function describeRule(rule: Rule | null): string {
  if (rule === null) return 'for ever';
  return 'days' in rule ? countOf(rule.days, 'day') : `newest ${rule.count}`;
}
