import { type DeleteOptions, deleteOne } from '../../api/delete.ts';
import type { DeleteQuestion, DeleteResult } from '../../operations/delete-snapshot.ts';
import { formatBytes, formatCount } from '../../util/bytes.ts';
import { formatSecond } from '../../util/time-text.ts';
import { readAnswer } from '../ask-consent.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

type DeleteFlags = CommonFlags & DeleteOptions;

export const addDelete: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('delete <snapshot>'))
    .description(
      'Deletes one snapshot for good, with its sidecar and its checksum. Refuses a pinned one and one that undo would take.',
    )
    .option('--dry-run', 'show what would be deleted; delete nothing')
    .option('--confirm <name>', "the database's name (of a file: its name), or the snapshot's, as consent");
  withExamples(command, [
    'holdfast delete before-upgrade --dry-run',
    'holdfast delete before-upgrade --confirm app.db',
  ]);
  command.action((reference: string, flags: DeleteFlags) =>
    run('delete', flags, (session) => runDelete(session, reference, flags)),
  );
};

async function runDelete(session: Session, reference: string, flags: DeleteFlags): Promise<Outcome> {
  const result = await deleteOne(session, reference, flags, (question) => ask(session, question, flags));
  return { document: result, text: describeResult(result), exitCode: exitCodes.done };
}

async function ask(
  { io, output, progress }: Session,
  question: DeleteQuestion,
  flags: DeleteFlags,
): Promise<string | null> {
  if (flags.json === true) return null;
  progress.end();
  for (const line of describePlan(question)) output.say(line);
  if (!io.isTerminal) return null;
  return readAnswer({ io, question: `Type ${printable(question.confirmName)} to delete it for good: ` });
}

function describePlan({
  snapshot,
  warnings,
}: Pick<DeleteResult, 'snapshot' | 'warnings'>): readonly string[] {
  const rows = snapshot.rows === null ? 'not readable' : `${formatCount(snapshot.rows)} rows`;
  const created = snapshot.created === null ? '' : `, of ${formatSecond(snapshot.created)} UTC`;
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    `${printable(snapshot.path)}: ${rows}, ${formatBytes(snapshot.bytes)}${created}`,
  ];
}

function describeResult(result: DeleteResult): string {
  const last = result.dryRun ? 'Nothing was deleted (--dry-run)' : 'Deleted';
  return [...describePlan(result), last].join('\n');
}
