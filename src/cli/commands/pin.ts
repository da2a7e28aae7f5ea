import { type AddCommand, withCommonOptions, withExamples } from '../command.ts';
import { presentPin } from '../pin-text.ts';
import type { CommonFlags } from '../session.ts';

export const addPin: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('pin <snapshot>')).description(
    'Pins a snapshot: neither cleanup nor delete removes it until it is unpinned.',
  );
  withExamples(command, ['holdfast pin latest', 'holdfast pin monthly-backup-2026-11-01']);
  command.action((reference: string, flags: CommonFlags) =>
    run('pin', flags, (session) => presentPin(session, { reference, pinned: true })),
  );
};
