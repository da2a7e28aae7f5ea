import { Option } from 'commander';
import { type RestoreOptions, restoreSnapshot, type UndoOptions } from '../../api/restore.ts';
import type { AskConsent } from '../../operations/restoring/consent.ts';
import { askConsent } from '../ask-consent.ts';
import {
  type AddCommand,
  addKeyOptions,
  collectNames,
  type Outcome,
  withCommonOptions,
  withExamples,
} from '../command.ts';
import { presentRestore } from '../restore-text.ts';
import type { CommonFlags, Session } from '../session.ts';

/** The options that `restore` and `undo` share. */
export type WritingFlags = CommonFlags & UndoOptions & { readonly safety: boolean };

type RestoreFlags = WritingFlags & RestoreOptions;

export const addRestore: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('restore <snapshot>'))
    .description(
      'Brings the rows of a snapshot back in one transaction, after a safety snapshot of what is there. <snapshot> is a path, a name, the beginning of an id, or latest; s3:latest is one on the target s3.',
    )
    .option('--dry-run', 'show what would change, and why it would fail; write nothing')
    .option('--clear-existing', "the tables hold the snapshot's rows afterwards, and no other")
    .option('--only <names>', 'only these models or tables (repeatable, or with commas)', collectNames)
    .option('--exclude <names>', 'all but these models or tables (repeatable, or with commas)', collectNames)
    .addOption(
      new Option(
        '--on-conflict <what>',
        "when a row is there with other content: fail (default), keep it, or take the snapshot's",
      ).choices(['fail', 'skip', 'overwrite']),
    )
    .option(
      '--create-schema',
      "make the tables from the snapshot's own definitions, in a database without tables",
    )
    .option('--allow-schema-changes', 'accept new tables, and new columns that get a default')
    .option(
      '--skip-validation',
      'do not read the whole snapshot first; blocks are still checked as they are used',
    );
  addWritingOptions(command);
  withExamples(command, [
    'holdfast restore latest --dry-run --clear-existing',
    'holdfast restore latest --clear-existing --confirm app.db',
    'holdfast restore latest --only Order,OrderLine --on-conflict overwrite --confirm shop',
    'holdfast restore latest --to backup --create-schema',
  ]);
  command.action((snapshot: string, flags: RestoreFlags) =>
    run('restore', flags, (session) => restoreOne(session, snapshot, flags)),
  );
};

export function addWritingOptions(command: ReturnType<typeof withCommonOptions>): void {
  command
    .option(
      '--to <name>',
      'another database: a variable that holds its URL (backup means BACKUP_DATABASE_URL), or a URL without a password',
    )
    .option('--confirm <database>', "the database's name (of a file: its name), as consent to change it")
    .option('--no-safety', 'take no safety snapshot first (needs --confirm)')
    .option(
      '--drop-triggers',
      'where triggers cannot be switched off: save them, take them down, put them back',
    )
    .option('--lock-timeout <time>', 'how long to wait for locks of others (default 30s)');
  addKeyOptions(command);
}

async function restoreOne(session: Session, reference: string, flags: RestoreFlags): Promise<Outcome> {
  return presentRestore(await restoreSnapshot(session, reference, flags, consentOf(session, flags)));
}

export function consentOf(session: Session, { json = false, safety }: WritingFlags): AskConsent {
  return askConsent(session, { isSilent: json, isSaved: safety });
}
