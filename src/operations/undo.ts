import { AppError } from '../errors.ts';
import type { BackupFolder, RestoreRecord, StoredSnapshot } from '../ports/backup-folder.ts';
import type { Ports } from '../ports/ports.ts';
import { hasWorkLeft, restoreSnapshot, withRestoreFolder } from './restore.ts';
import type { RestoreOptions, RestoreRequest, RestoreResult, RestoreSource } from './restoring/request.ts';
import { everyTable } from './table-choice.ts';

/**
 * Brings back the safety snapshot of the last restore, in the same way as a restore. Repeating it gives the same
 * state. What an interrupted restore left undone is put back first.
 *
 * @throws AppError RESTORE.NOTHING_TO_UNDO, and whatever `restore` throws
 */
export async function undo(ports: Ports, options: RestoreOptions): Promise<RestoreResult> {
  return withRestoreFolder(ports, options, async (folder) => {
    const last = await folder.readLastRestore();
    const hasWork = last !== null && hasWorkLeft(last) && !options.dryRun;
    if (hasWork) await finishLast(ports, { folder, last }, options);
    const stored = await findSafety(folder, last, { isFinished: hasWork });
    const source = { command: 'undo', folder, stored } as const;
    const request: RestoreRequest = {
      ...options,
      reference: stored.name,
      selection: everyTable,
      policy: 'replace',
      createSchema: false,
      allowSchemaChanges: false,
    };
    const unchanged = hasWork ? await findUnchanged(ports, source, request) : null;
    if (unchanged === null || last === null) return restoreSnapshot(ports, source, request);
    await folder.writeLastRestore({ ...last, statements: [], finished: ports.clock.now().toISOString() });
    return unchanged;
  });
}

/** After an interrupted restore the rows are mostly as they were before it: then nothing is left to do. */
async function findUnchanged(
  ports: Ports,
  source: RestoreSource,
  request: RestoreRequest,
): Promise<RestoreResult | null> {
  const dry = await restoreSnapshot(ports, source, { ...request, dryRun: true, dropTriggers: true });
  const isChanged = dry.tables.some((table) => table.insert + table.update + table.delete > 0);
  if (isChanged || !dry.ok) return null;
  const note = 'The interrupted restore had changed no row; what it had taken down was put back';
  return { ...dry, dryRun: false, requiresRestart: false, warnings: [...dry.warnings, note] };
}

/** Runs what the interrupted restore had written down, and notes that nothing of it is left. */
async function finishLast(
  ports: Ports,
  { folder, last }: { folder: BackupFolder; last: RestoreRecord },
  { target, lockTimeoutMs }: RestoreOptions,
): Promise<void> {
  const database = await ports.engines.open(target, { lockTimeoutMs });
  try {
    await database.finishRestore(last);
  } finally {
    await database.close();
  }
  await folder.writeLastRestore({ ...last, statements: [] });
  ports.progress.note(`Put back what the restore of ${last.started} had taken down`);
}

/** The safety snapshot of the last restore; of an undo, the one that it brought back. */
async function findSafety(
  folder: BackupFolder,
  last: RestoreRecord | null,
  { isFinished }: { isFinished: boolean },
): Promise<StoredSnapshot> {
  if (last === null) return newestSafety(folder);
  const safety = last.command === 'undo' ? last.snapshot : last.safety;
  if (safety !== null) return folder.find(safety);
  if (isFinished) {
    throw new AppError(
      'RESTORE.NOTHING_TO_UNDO',
      `What the interrupted restore of ${last.started} left was put right, and there is no safety snapshot to bring back: its database was empty, or it ran with --no-safety`,
      { hint: 'To restore again: holdfast restore <snapshot>' },
    );
  }
  throw new AppError(
    'RESTORE.NOTHING_TO_UNDO',
    `The last restore (${last.started}) has no safety snapshot: its database was empty, or it ran with --no-safety`,
    {
      hint: 'To choose a snapshot yourself: holdfast list, then holdfast restore <snapshot> --clear-existing',
    },
  );
}

/** Where the record of the last restore is lost, the snapshots themselves still tell. */
async function newestSafety(folder: BackupFolder): Promise<StoredSnapshot> {
  const found = (await folder.list()).find((one) => one.sidecar?.before?.command === 'restore');
  if (found !== undefined) return found;
  throw new AppError(
    'RESTORE.NOTHING_TO_UNDO',
    `There is no safety snapshot in ${folder.path}: no restore to undo`,
    {
      hint: 'holdfast list shows what there is to restore',
    },
  );
}
