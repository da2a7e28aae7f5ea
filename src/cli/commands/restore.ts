import { Option } from 'commander';
import { AppError } from '../../errors.ts';
import type { RestoreOptions } from '../../operations/restoring/request.ts';
import type { ConflictPolicy } from '../../snapshot/difference.ts';
import { askConsent } from '../ask-consent.ts';
import { type AddCommand, collectNames, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { presentRestore } from '../restore-text.ts';
import { type CommonFlags, findApplication, runLogged, type Session } from '../session.ts';

/** The options that `restore` and `undo` share. */
export interface WritingFlags extends CommonFlags {
  readonly dryRun?: boolean;
  readonly skipValidation?: boolean;
  readonly to?: string;
  readonly safety: boolean;
  readonly dropTriggers?: boolean;
  readonly confirm?: string;
}

interface RestoreFlags extends WritingFlags {
  readonly clearExisting?: boolean;
  readonly only?: readonly string[];
  readonly exclude?: readonly string[];
  readonly onConflict?: Exclude<ConflictPolicy, 'replace'>;
  readonly createSchema?: boolean;
  readonly allowSchemaChanges?: boolean;
}

export const addRestore: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('restore <snapshot>'))
    .summary('bring the rows of a snapshot back, all or nothing')
    .description(
      'Brings the rows of a snapshot back in one transaction, after a safety snapshot of what is there. <snapshot> is a path, a name, the beginning of an id, or latest.',
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
}

async function restoreOne(session: Session, reference: string, flags: RestoreFlags): Promise<Outcome> {
  const { restore } = await import('../../operations/restore.ts');
  const options = await writingOptions(session, flags);
  const request = {
    ...options,
    reference,
    selection: { only: flags.only ?? [], exclude: flags.exclude ?? [] },
    policy: policyOf(flags),
    createSchema: flags.createSchema === true,
    allowSchemaChanges: flags.allowSchemaChanges === true,
  };
  if (request.dryRun) return presentRestore(await restore(session.ports, request));
  return presentRestore(
    await runLogged(session, { command: 'restore', subject: reference }, (ports) => restore(ports, request)),
  );
}

function policyOf({ clearExisting, onConflict }: RestoreFlags): ConflictPolicy {
  if (clearExisting !== true) return onConflict ?? 'fail';
  if (onConflict === undefined) return 'replace';
  throw new AppError(
    'USAGE',
    '--clear-existing leaves no row to be in conflict with, so --on-conflict says nothing beside it',
    {
      hint: 'Give one of the two',
    },
  );
}

export async function writingOptions(session: Session, flags: WritingFlags): Promise<RestoreOptions> {
  const { compression, compressionLevel, lockTimeoutMs } = session.settings;
  return {
    ...(await findApplication(session, flags.to)),
    lockTimeoutMs,
    dryRun: flags.dryRun === true,
    skipValidation: flags.skipValidation === true,
    safety: flags.safety,
    dropTriggers: flags.dropTriggers === true,
    confirm: flags.confirm ?? null,
    askConsent: askConsent(session, { isSilent: flags.json === true, isSaved: flags.safety }),
    compressionLevel: compression ? compressionLevel : null,
  };
}
