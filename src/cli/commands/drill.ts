import { type AddCommand, addKeyOptions, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { describeDrill } from '../drill-text.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';

interface DrillFlags extends CommonFlags {
  readonly to?: string;
}

export const addDrill: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('drill [snapshot]'))
    .description(
      'Restores a snapshot (default: the newest verified one) into a database of its own, compares every row, checks orphans, duplicates and business rules, writes a new row into every numbered table, and drops that database again. The rows of the live database are not touched. Exit code 4 when there is a finding.',
    )
    .option(
      '--to <name>',
      'the server to restore on: a variable that holds the URL of a database there (backup means BACKUP_DATABASE_URL), or a URL without a password',
    )
    .option('--lock-timeout <time>', 'how long to wait for locks of others (default 30s)');
  addKeyOptions(command);
  withExamples(command, [
    'holdfast drill',
    'holdfast drill weekly-backup-2026-11-15',
    'holdfast drill --to backup',
  ]);
  command.action((snapshot: string | undefined, flags: DrillFlags) =>
    run('drill', flags, (session) => drillOne(session, snapshot, flags)),
  );
};

async function drillOne(
  session: Session,
  snapshot: string | undefined,
  { to }: DrillFlags,
): Promise<Outcome> {
  const { runDrill } = await import('../../api/drill.ts');
  const result = await runDrill(session, {
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(to === undefined ? {} : { to }),
  });
  return {
    document: result,
    text: describeDrill(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}
