import { AppError } from '../errors.ts';
import type { BackupFolder, RestoreRecord, StoredSnapshot } from '../ports/backup-folder.ts';
import type { Database, DatabaseIdentity } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { readFileHeader } from '../snapshot/database-file.ts';
import { openSnapshotFile } from '../snapshot/reader.ts';
import { verifySnapshot } from '../snapshot/verify.ts';
import { isSameDatabase } from './identity.ts';
import { restoreDatabaseFile } from './restoring/database-file.ts';
import type { RestoreOptions, RestoreRequest, RestoreResult, RestoreSource } from './restoring/request.ts';
import { runRestore } from './restoring/run.ts';
import { checkProvider } from './restoring/target.ts';
import { unmadeDatabase } from './restoring/unmade-database.ts';
import { explainUnreadable, isWithoutDatabase } from './restoring/unreadable.ts';

/**
 * Brings the rows of a snapshot back: verify the file, compare it with the target, plan, consent, safety snapshot, one
 * transaction with its own checks.
 *
 * @throws AppError SNAPSHOT.*, RESTORE.*, DATABASE.*, FOLDER.*, RUN.LOCKED; the database is then as it was
 */
export async function restore(ports: Ports, request: RestoreRequest): Promise<RestoreResult> {
  return withRestoreFolder(ports, request, async (folder) => {
    await checkUnfinished(folder);
    const stored = await ports.folder.find(request.reference);
    return restoreSnapshot(ports, { command: 'restore', folder, stored }, request);
  });
}

/** Runs `work` with the folder that keeps the target's safety snapshots, locked unless it is a dry run. */
export async function withRestoreFolder<T>(
  ports: Ports,
  { target, dryRun }: Pick<RestoreOptions, 'target' | 'dryRun'>,
  work: (folder: BackupFolder) => Promise<T>,
): Promise<T> {
  const identity = await ports.engines.identify(target);
  if (dryRun) return work(await folderOf(ports, identity));
  const lock = await ports.folder.lock();
  try {
    const folder = await folderOf(ports, identity);
    if (folder === ports.folder) return await work(folder);
    const otherLock = await folder.lock();
    try {
      return await work(folder);
    } finally {
      await otherLock.release();
    }
  } finally {
    await lock.release();
  }
}

async function folderOf(ports: Ports, identity: DatabaseIdentity): Promise<BackupFolder> {
  const owner = await ports.folder.owner();
  return owner === null || isSameDatabase(owner, identity) ? ports.folder : ports.folder.folderFor(identity);
}

/** @throws AppError RESTORE.UNFINISHED when a restore died and left triggers or tables to put right */
async function checkUnfinished(folder: BackupFolder): Promise<void> {
  const last = await folder.readLastRestore();
  if (last === null || !hasWorkLeft(last)) return;
  throw new AppError(
    'RESTORE.UNFINISHED',
    `The restore of ${last.started} was interrupted and left ${last.statements.length} things to put back: ${last.statements.map((one) => `${one.kind} ${one.name}`).join(', ')}`,
    { hint: 'Run: holdfast undo' },
  );
}

export function hasWorkLeft(record: RestoreRecord): boolean {
  return record.finished === null && record.statements.length > 0;
}

/** Restores one snapshot file; the caller holds the run lock. */
export async function restoreSnapshot(
  ports: Ports,
  source: RestoreSource,
  request: RestoreRequest,
): Promise<RestoreResult> {
  const header = await readFileHeader(source.stored.path);
  if (header !== null) {
    checkProvider({ header }, request.target.provider);
    return intoTarget(ports, { ...source, request }, (database) =>
      restoreDatabaseFile(ports, { ...source, header, database }, request),
    );
  }
  if (!request.skipValidation) await checkFile(ports, source.stored);
  const file = await openSnapshotFile(source.stored.path, ports.unlock);
  try {
    checkProvider(file, request.target.provider);
    return await intoTarget(ports, { ...source, request }, (database) =>
      runRestore(ports, { ...source, file, database }, request),
    );
  } finally {
    await file.close();
  }
}

async function checkFile(ports: Ports, stored: StoredSnapshot): Promise<void> {
  ports.progress.phase(`verifying ${stored.name}`, stored.sidecar?.rows ?? null);
  const onRows = (rows: number): void => {
    ports.signal?.throwIfAborted();
    ports.progress.advance(rows);
  };
  const [damage] = await verifySnapshot(stored.path, { onRows, unlock: ports.unlock });
  if (damage === undefined) return;
  throw new AppError(damage.code, damage.message, {
    hint: 'Nothing was changed. Choose another snapshot: holdfast list; all damage is shown by: holdfast validate backup',
  });
}

async function intoTarget(
  ports: Ports,
  { folder, request }: Pick<RestoreSource, 'folder'> & { readonly request: RestoreRequest },
  work: (database: Database) => Promise<RestoreResult>,
): Promise<RestoreResult> {
  try {
    const database = await openTarget(ports, request);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    throw await explainUnreadable(ports, { folder, request, error });
  }
}

async function openTarget(ports: Ports, request: RestoreRequest): Promise<Database> {
  const { lockTimeoutMs, createSchema, dryRun, target } = request;
  const options = { lockTimeoutMs, create: createSchema && !dryRun };
  try {
    return await ports.engines.open(
      target,
      ports.signal === undefined ? options : { ...options, signal: ports.signal },
    );
  } catch (error) {
    if (!(createSchema && dryRun && target.file !== null && isWithoutDatabase(error))) throw error;
    return unmadeDatabase(await ports.engines.identify(target));
  }
}
