import { AppError } from '../errors.ts';
import type { AskConsent } from '../operations/restoring/consent.ts';
import type { RestoreOptions as RestoreBasis, RestoreResult } from '../operations/restoring/request.ts';
import type { ConflictPolicy } from '../snapshot/difference.ts';
import { findApplication, runLogged, type Workspace } from './workspace.ts';

/** What `restore` and `undo` have in common. */
export interface UndoOptions {
  /** Say what would change, and why it would fail; write nothing. */
  readonly dryRun?: boolean;
  /** Another database: a variable that holds its address (`backup` means `BACKUP_DATABASE_URL`), or an address without a password. */
  readonly to?: string;
  /** The database's name (of a file: its name), as consent to change it. */
  readonly confirm?: string;
  /** Take a safety snapshot of what is there first; default true. */
  readonly safety?: boolean;
  /** Where triggers cannot be switched off: save them, take them down, put them back. */
  readonly dropTriggers?: boolean;
  /** Do not read the whole snapshot first; blocks are still checked as they are used. */
  readonly skipValidation?: boolean;
}

export interface RestoreOptions extends UndoOptions {
  /** The tables hold the snapshot's rows afterwards, and no other. */
  readonly clearExisting?: boolean;
  /** When a row is there with other content: fail (default), keep it, or take the snapshot's. */
  readonly onConflict?: Exclude<ConflictPolicy, 'replace'>;
  /** Only these models or tables. */
  readonly only?: readonly string[];
  /** All but these models or tables. */
  readonly exclude?: readonly string[];
  /** Make the tables from the snapshot's own definitions, in a database without tables. */
  readonly createSchema?: boolean;
  /** Accept new tables, and new columns that get a default. */
  readonly allowSchemaChanges?: boolean;
}

/** A program that gave no consent has nobody to ask. */
const askNobody: AskConsent = async () => null;

export async function restoreSnapshot(
  workspace: Workspace,
  reference: string,
  options: RestoreOptions,
  ask: AskConsent = askNobody,
): Promise<RestoreResult> {
  const { restore } = await import('../operations/restore.ts');
  const { fetchToFolder, withFetched } = await import('../operations/offsite/fetch.ts');
  const request = {
    ...(await readBasis(workspace, options, ask)),
    reference,
    selection: { only: options.only ?? [], exclude: options.exclude ?? [] },
    policy: policyOf(options),
    createSchema: options.createSchema ?? false,
    allowSchemaChanges: options.allowSchemaChanges ?? false,
  };
  if (request.dryRun) return withFetched(workspace.ports, reference, (ports) => restore(ports, request));
  const run = { command: 'restore', subject: reference };
  return runLogged(workspace, run, async (ports) =>
    restore(ports, { ...request, reference: await fetchToFolder(ports, reference) }),
  );
}

export async function undoRestore(
  workspace: Workspace,
  options: UndoOptions,
  ask: AskConsent = askNobody,
): Promise<RestoreResult> {
  const { undo } = await import('../operations/undo.ts');
  const request = await readBasis(workspace, options, ask);
  if (request.dryRun) return undo(workspace.ports, request);
  return runLogged(workspace, 'undo', (ports) => undo(ports, request));
}

function policyOf({ clearExisting = false, onConflict }: RestoreOptions): ConflictPolicy {
  if (!clearExisting) return onConflict ?? 'fail';
  if (onConflict === undefined) return 'replace';
  throw new AppError(
    'USAGE',
    '--clear-existing leaves no row to be in conflict with, so --on-conflict says nothing beside it',
    {
      hint: 'Give one of the two',
    },
  );
}

async function readBasis(
  workspace: Workspace,
  options: UndoOptions,
  askConsent: AskConsent,
): Promise<RestoreBasis> {
  const { compression, compressionLevel, lockTimeoutMs } = workspace.settings;
  return {
    ...(await findApplication(workspace, options.to)),
    lockTimeoutMs,
    dryRun: options.dryRun ?? false,
    skipValidation: options.skipValidation ?? false,
    safety: options.safety ?? true,
    dropTriggers: options.dropTriggers ?? false,
    confirm: options.confirm ?? null,
    askConsent,
    compressionLevel: compression ? compressionLevel : null,
  };
}
