import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { presentRestore } from '../restore-text.ts';
import { runLogged, type Session } from '../session.ts';
import { addWritingOptions, type WritingFlags, writingOptions } from './restore.ts';

export const addUndo: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('undo'))
    .summary('bring back what the last restore replaced')
    .description(
      'Brings back the safety snapshot of the last restore, in the same way as a restore. Also finishes what an interrupted restore left undone. Running it again gives the same state.',
    )
    .option('--dry-run', 'show what would change; write nothing');
  addWritingOptions(command);
  withExamples(command, ['holdfast undo --dry-run', 'holdfast undo --confirm app.db']);
  command.action((flags: WritingFlags) => run('undo', flags, (session) => undoLast(session, flags)));
};

async function undoLast(session: Session, flags: WritingFlags): Promise<Outcome> {
  const { undo } = await import('../../operations/undo.ts');
  const options = await writingOptions(session, flags);
  if (options.dryRun) return presentRestore(await undo(session.ports, options));
  return presentRestore(await runLogged(session, 'undo', (ports) => undo(ports, options)));
}
