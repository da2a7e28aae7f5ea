import { runAuto } from '../../api/auto.ts';
import type { AutoResult } from '../../operations/auto-request.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { describeDrill } from '../drill-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { copiesExitCode, describeCopies } from '../offsite-text.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

export const addAuto: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('auto'))
    .description(
      'Looks at the schedule and at the snapshots that are there. What is due is served by one snapshot, and old ones are cleaned up. Says nothing when nothing is due.',
    )
    .option('--time-zone <name>', 'the time zone of the schedule (default: BACKUP_TIME_ZONE, else UTC)');
  withExamples(command, ['holdfast auto --quiet', 'holdfast schedule install']);
  command.action((flags: CommonFlags) => run('auto', flags, autoBackUp));
};

async function autoBackUp(session: Session): Promise<Outcome> {
  const result = await runAuto(session);
  // For the log, although nothing went wrong: somebody may wonder where the snapshot is.
  if (result.skipped !== null) session.progress.note(result.skipped);
  return {
    document: result,
    text: describe(result),
    exitCode: exitCodeOf(result),
  };
}

/** A copy that a required target did not get weighs more than what was not cleaned up. */
function exitCodeOf({ ok, offsite }: AutoResult): number {
  const copies = copiesExitCode(offsite);
  if (copies !== exitCodes.done) return copies;
  return ok ? exitCodes.done : exitCodes.findings;
}

function describe(result: AutoResult): string {
  const drilled = result.drill === undefined ? [] : [describeDrill(result.drill)];
  const warnings = result.warnings.map((warning) => `Warning: ${printable(warning)}`);
  return [...warnings, ...describeBackup(result), ...drilled].join('\n');
}

function describeBackup({ due, snapshot, offsite, cleanup, durationMs }: AutoResult): readonly string[] {
  if (snapshot === null) return [];
  const size = `${countOf(snapshot.rows, 'row')}, ${formatBytes(snapshot.bytes)}, in ${formatDuration(durationMs)}`;
  return [
    `Saved ${printable(snapshot.path)} for ${due.join(', ')}`,
    `  ${size}, read back and verified`,
    ...describeCopies(offsite),
    ...(cleanup === null
      ? []
      : [
          `  cleanup: ${cleanup.removed} deleted, ${cleanup.kept} kept, ${formatBytes(cleanup.freedBytes)} freed`,
        ]),
  ];
}
