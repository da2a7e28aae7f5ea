import path from 'node:path';
import type { Command } from 'commander';
import type { NewKey, ShownKeys } from '../../operations/keys.ts';
import {
  type AddCommand,
  type Outcome,
  type RunCommand,
  withCommonOptions,
  withExamples,
} from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

interface NewFlags extends CommonFlags {
  readonly output?: string;
}

export const addKeys: AddCommand = (program, run) => {
  const keys = program.command('keys').description('Makes and shows the keys of encrypted snapshots.');
  addNew(keys, run);
  addShowKeys(keys, run);
};

function addNew(keys: Command, run: RunCommand): void {
  const command = withCommonOptions(keys.command('new'))
    .summary('make an identity, which opens snapshots, and its recipient, which encrypts them')
    .description(
      'Makes an age identity, as age-keygen does. The identity opens snapshots; its recipient only encrypts them.',
    )
    .option('-o, --output <file>', 'write the identity to a new file that only you can read');
  withExamples(command, [
    'holdfast keys new -o ~/holdfast-identity.txt',
    '(umask 077; holdfast keys new > identity.txt)',
  ]);
  command.action((flags: NewFlags) =>
    run('keys new', flags, async ({ ports, io }: Session) => {
      const { newKey } = await import('../../operations/keys.ts');
      const file = flags.output === undefined ? null : path.resolve(io.cwd, flags.output);
      const result = await newKey(ports.clock, file);
      return answer(result, describeNew(result));
    }),
  );
}

function addShowKeys(keys: Command, run: RunCommand): void {
  const command = withCommonOptions(keys.command('show <file>'))
    .summary('print the recipient of an identity')
    .description('Prints the recipients that belong to an identity file, and never the identities.');
  withExamples(command, ['holdfast keys show ~/holdfast-identity.txt']);
  command.action((file: string, flags: CommonFlags) =>
    run('keys show', flags, async ({ io }: Session) => {
      const { readIdentities } = await import('../../config/encryption.ts');
      const { showKeys } = await import('../../operations/keys.ts');
      const filePath = path.resolve(io.cwd, file);
      const result = await showKeys(filePath, await readIdentities(filePath));
      return answer(result, describeShown(result));
    }),
  );
}

function answer(document: object, text: string): Outcome {
  return { document, text, exitCode: exitCodes.done, isAnswer: true };
}

/** Without a file the text is one: it can be redirected into it. */
function describeNew({ recipient, path: file, identity }: NewKey): string {
  if (file === null) return identity!.trimEnd();
  return [
    `Wrote the identity ${printable(file)}`,
    `Recipient: ${recipient}`,
    'Snapshots can be opened with this file only: keep two copies of it in different places, none of them beside the backups.',
    'The machine that takes the backups needs the recipient and not the file.',
    `Next: BACKUP_ENCRYPTION_RECIPIENT=${recipient}`,
  ].join('\n');
}

function describeShown({ recipients }: ShownKeys): string {
  return recipients.join('\n');
}
