import { AppError } from '../../errors.ts';
import type { HeldTables } from '../../integrity/builtin/backup-completeness.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { DatabaseIdentity } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { openSnapshotFile } from '../../snapshot/reader.ts';
import { isSameDatabase } from '../identity.ts';

/** What the newest verified snapshot of the database holds; else a sentence why that is not known. */
export async function readNewestGood(
  { folder, unlock }: Pick<Ports, 'folder' | 'unlock'>,
  identity: DatabaseIdentity,
): Promise<HeldTables | string> {
  const stored = chooseNewest(await folder.list({ remake: false }), identity);
  if (stored === null) {
    return `There is no verified snapshot in ${folder.path}, so the completeness of backups was not checked`;
  }
  try {
    const file = await openSnapshotFile(stored.path, unlock);
    try {
      return { snapshot: stored.name, tables: file.manifest.tables };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof AppError) return `The completeness of backups was not checked: ${error.message}`;
    throw error;
  }
}

/** One of all tables, where there is one: a newer one of some tables does not take its place. */
function chooseNewest(
  snapshots: readonly StoredSnapshot[],
  identity: DatabaseIdentity,
): StoredSnapshot | null {
  const good = snapshots.filter(
    ({ sidecar }) =>
      sidecar !== null &&
      sidecar.verified !== null &&
      sidecar.purpose === 'backup' &&
      isSameDatabase(sidecar.database, identity),
  );
  return good.find(({ sidecar }) => sidecar?.partial !== true) ?? good[0] ?? null;
}
