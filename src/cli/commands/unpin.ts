import { type AddCommand, withCommonOptions, withExamples } from '../command.ts';
import { presentPin } from '../pin-text.ts';
import type { CommonFlags } from '../session.ts';

export const addUnpin: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('unpin <snapshot>')).description(
    'Takes the pin away: the policy decides again how long the snapshot stays.',
  );
  withExamples(command, ['holdfast unpin monthly-backup-2026-11-01']);
  command.action((reference: string, flags: CommonFlags) =>
    run('unpin', flags, (session) => presentPin(session, { reference, pinned: false })),
  );
};
