import { undoRestore } from '../../api/restore.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { presentRestore } from '../restore-text.ts';
import type { Session } from '../session.ts';
import { addWritingOptions, consentOf, type WritingFlags } from './restore.ts';

export const addUndo: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('undo'))
    .description(
      'Brings back the safety snapshot of the last restore, in the same way as a restore. Also finishes what an interrupted restore left undone. Running it again gives the same state.',
    )
    .option('--dry-run', 'show what would change; write nothing');
  addWritingOptions(command);
  withExamples(command, ['holdfast undo --dry-run', 'holdfast undo --confirm app.db']);
  command.action((flags: WritingFlags) => run('undo', flags, (session) => undoLast(session, flags)));
};

async function undoLast(session: Session, flags: WritingFlags): Promise<Outcome> {
  return presentRestore(await undoRestore(session, flags, consentOf(session, flags)));
}
