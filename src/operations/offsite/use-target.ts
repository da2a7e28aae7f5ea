import { AppError, describeError, systemCode } from '../../errors.ts';
import type { OffsiteTarget, TargetRecord } from '../../ports/offsite.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Store } from '../../ports/store.ts';
import { isComplete, type RemoteSnapshot } from './remote-snapshots.ts';

/** Why something could not be done on a target. */
export interface TargetError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

const unknownRecord: TargetRecord = {
  reached: null,
  newest: null,
  copies: 0,
  verified: null,
  error: null,
};

/** What is said of a target that the newest snapshot does not go to. No names: the same trouble has the same words. */
export function withholding(target: string): TargetError {
  return {
    code: 'STORE.NOT_ENCRYPTED',
    message: `Snapshots that are not encrypted do not go to ${target}, and the newest one is not encrypted`,
    hint: encryptOrAllow,
  };
}

export const encryptOrAllow =
  'Set BACKUP_ENCRYPTION_RECIPIENT (holdfast keys new makes a key), then: holdfast backup; or, where others may read the copies, "allowUnencrypted": true at the target in holdfast.config.json';

/** Runs work with a target's store. What goes wrong there is returned: other targets and the backup itself go on. */
export async function withTarget<T>(
  ports: Ports,
  target: OffsiteTarget,
  work: (store: Store) => Promise<T>,
): Promise<{ readonly value: T } | { readonly error: TargetError }> {
  try {
    const store = await target.open();
    try {
      return { value: await work(store) };
    } finally {
      await store.close();
    }
  } catch (error) {
    // Not a matter of the target: the operator has stopped the whole run, or it is a bug.
    const failure = describeFailure(error);
    if (ports.signal?.aborted === true || failure === null) throw error;
    return { error: failure };
  }
}

/** Null for a bug. */
function describeFailure(error: unknown): TargetError | null {
  if (error instanceof AppError)
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  return systemCode(error) === undefined
    ? null
    : { code: 'SYSTEM', message: describeError(error), hint: null };
}

/** Notes what was seen of a target. The caller holds the run lock. Trouble with the note is said and changes nothing. */
export async function noteTarget(
  { folder, progress }: Ports,
  name: string,
  change: (record: TargetRecord) => TargetRecord,
): Promise<void> {
  try {
    const log = await folder.readTargets();
    await folder.writeTargets({ ...log, [name]: change(log[name] ?? unknownRecord) });
  } catch (error) {
    progress.note(`What is known of the target ${name} could not be noted: ${describeError(error)}`);
  }
}

export function noteFailed(ports: Ports, name: string, { message }: TargetError): Promise<void> {
  return noteTarget(ports, name, (record) => ({ ...record, error: message }));
}

/** What a listing says. */
export function seen(
  ports: Ports,
  remotes: readonly RemoteSnapshot[],
): Pick<TargetRecord, 'reached' | 'newest' | 'copies'> {
  const copies = remotes.filter(isComplete);
  const newest = copies.find(({ sidecar }) => sidecar.purpose === 'backup');
  return {
    reached: ports.clock.now().toISOString(),
    newest: newest?.sidecar.created ?? null,
    copies: copies.length,
  };
}

/**
 * The targets to work with: all, or the one of that name.
 *
 * @throws AppError USAGE when there is none
 */
export async function chooseTargets(ports: Ports, name: string | null): Promise<readonly OffsiteTarget[]> {
  const targets = (await ports.targets?.()) ?? [];
  const chosen = name === null ? targets : targets.filter((target) => target.name === name);
  if (chosen.length > 0) return chosen;
  const known = targets.map((target) => target.name).join(', ');
  const message =
    name === null ? 'There is no target for copies' : `There is no target ${JSON.stringify(name)}`;
  throw new AppError(
    'USAGE',
    known === '' ? `${message}: holdfast.config.json has no "targets"` : `${message}; there are: ${known}`,
    {
      hint: 'For example: { "targets": { "disk": { "kind": "folder", "path": "/mnt/disk/backups" } } }; docs/CLI-offsite.md lists all kinds',
    },
  );
}
