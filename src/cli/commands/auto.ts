import type { AutoResult } from '../../operations/auto-request.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { type CommonFlags, findApplication, type Session } from '../session.ts';
import { printable } from '../text-table.ts';

export const addAuto: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('auto'))
    .summary('for cron: take the snapshot that is due, if one is, and clean up')
    .description(
      'Looks at the schedule and at the snapshots that are there. What is due is served by one snapshot, and old ones are cleaned up. Says nothing when nothing is due.',
    )
    .option('--time-zone <name>', 'the time zone of the schedule (default: BACKUP_TIME_ZONE, else UTC)');
  withExamples(command, ['holdfast auto --quiet', 'holdfast schedule install']);
  command.action((flags: CommonFlags) => run('auto', flags, runAuto));
};

async function runAuto(session: Session): Promise<Outcome> {
  const { auto } = await import('../../operations/auto.ts');
  const { schedule, policy, policyFaults } = session.settings;
  const result = await auto(session.ports, {
    schedule,
    cleanup: { policy, policyFaults, schedule, dryRun: false, trustClock: false },
    findRequest: async () => {
      const { compression, compressionLevel, lockTimeoutMs } = session.settings;
      return {
        ...(await findApplication(session)),
        lockTimeoutMs,
        scope: { allSchemas: false },
        selection: { only: [], exclude: [] },
        ...{ name: null, tier: null, description: null, tags: [], adopt: false },
        compressionLevel: compression ? compressionLevel : null,
      };
    },
  });
  // For the log, although nothing went wrong: somebody may wonder where the snapshot is.
  if (result.skipped !== null) session.progress.note(result.skipped);
  return {
    document: result,
    text: describe(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function describe({ due, snapshot, cleanup, warnings, durationMs }: AutoResult): string {
  if (snapshot === null) return '';
  const size = `${countOf(snapshot.rows, 'row')}, ${formatBytes(snapshot.bytes)}, in ${formatDuration(durationMs)}`;
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    `Saved ${printable(snapshot.path)} for ${due.join(', ')}`,
    `  ${size}, read back and verified`,
    ...(cleanup === null
      ? []
      : [
          `  cleanup: ${cleanup.removed} deleted, ${cleanup.kept} kept, ${formatBytes(cleanup.freedBytes)} freed`,
        ]),
  ].join('\n');
}
