import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import { isSnapshotFile, withoutEnding } from '../../snapshot/name.ts';
import { exists } from '../../util/atomic-file.ts';
import { closestName } from '../../util/closest-name.ts';
import { describeSnapshot, type FolderReading, listSnapshots } from './list-snapshots.ts';

/** The fewest characters of an id that may stand for it. */
const minIdPrefix = 4;

/** See `BackupFolder.find`. */
export async function findSnapshot(
  folder: string,
  reference: string,
  reading: FolderReading = {},
): Promise<StoredSnapshot> {
  if (reference.includes('/') || reference.includes(path.sep))
    return byPath(path.resolve(reference), reading);
  const snapshots = await listSnapshots(folder, reading);
  if (reference === 'latest') return latest(snapshots, folder);
  const inFolder = matching(snapshots, reference);
  if (inFolder.length === 1) return inFolder[0]!;
  if (inFolder.length > 1) {
    throw new AppError(
      'SNAPSHOT.AMBIGUOUS',
      `${JSON.stringify(reference)} fits ${inFolder.length} snapshots: ${inFolder.map((one) => path.basename(one.path)).join(', ')}`,
      {
        hint: 'Give the whole name or more of the id',
      },
    );
  }
  if (isSnapshotFile(reference) && (await exists(reference))) return byPath(path.resolve(reference), reading);
  throw notFound(reference, folder, snapshots);
}

async function byPath(filePath: string, reading: FolderReading): Promise<StoredSnapshot> {
  if (await exists(filePath)) return describeSnapshot(filePath, reading);
  throw new AppError('SNAPSHOT.NOT_FOUND', `There is no file ${filePath}`, { hint: 'holdfast list' });
}

function latest(snapshots: readonly StoredSnapshot[], folder: string): StoredSnapshot {
  const found = snapshots.find((one) => one.sidecar?.purpose === 'backup');
  if (found !== undefined) return found;
  throw new AppError('SNAPSHOT.NOT_FOUND', `There is no snapshot yet in ${folder}`, {
    hint: 'holdfast backup',
  });
}

/** By name first: a name is never taken for an id. */
function matching(snapshots: readonly StoredSnapshot[], reference: string): StoredSnapshot[] {
  const byFile = snapshots.filter((one) => path.basename(one.path) === reference);
  if (byFile.length > 0) return byFile;
  const byName = snapshots.filter((one) => one.name === withoutEnding(reference));
  if (byName.length > 0 || reference.length < minIdPrefix) return byName;
  return snapshots.filter((one) => one.sidecar?.id.startsWith(reference));
}

function notFound(reference: string, folder: string, snapshots: readonly StoredSnapshot[]): AppError {
  const meant = closestName(withoutEnding(reference), [...snapshots.map(({ name }) => name), 'latest']);
  const question = meant === null ? '' : `Did you mean ${meant}? `;
  return new AppError(
    'SNAPSHOT.NOT_FOUND',
    `There is no snapshot ${JSON.stringify(reference)} in ${folder}`,
    {
      hint: `${question}holdfast list shows names and ids`,
    },
  );
}
