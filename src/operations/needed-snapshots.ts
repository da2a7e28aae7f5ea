import path from 'node:path';
import type { BackupFolder, StoredSnapshot } from '../ports/backup-folder.ts';

/**
 * The snapshots that a restore still needs, by path, with the reason: what `undo` would take, and what an unfinished
 * restore was about to bring back.
 *
 * @throws AppError RESTORE.UNFINISHED when the record of the last restore cannot be read: then nobody knows
 */
export async function findNeeded(
  folder: BackupFolder,
  snapshots: readonly StoredSnapshot[],
): Promise<ReadonlyMap<string, string>> {
  const last = await folder.readLastRestore();
  if (last === null) {
    const newest = snapshots.find(({ sidecar }) => sidecar?.before?.command === 'restore');
    return new Map(newest === undefined ? [] : [[newest.path, 'holdfast undo would take it']]);
  }
  const isUnfinished = last.finished === null;
  const named = [
    ...(isUnfinished ? [[last.snapshot, `the ${last.command} of it is not finished`] as const] : []),
    ...(last.command === 'undo' ? [[last.snapshot, 'holdfast undo would take it'] as const] : []),
    ...(last.safety === null ? [] : [[last.safety, 'holdfast undo would take it'] as const]),
  ];
  // By name, too: the folder may have been moved since.
  return new Map(
    named.flatMap(([file, reason]) =>
      snapshots
        .filter((one) => one.path === file || path.basename(one.path) === path.basename(file))
        .map((one): [string, string] => [one.path, reason]),
    ),
  );
}
