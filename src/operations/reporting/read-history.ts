import { AppError } from '../../errors.ts';
import type { ReportHistory, TableHistory } from '../../export/report.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { Ports } from '../../ports/ports.ts';
import type { TableEntry } from '../../snapshot/manifest.ts';
import { openSnapshotFile } from '../../snapshot/reader.ts';
import type { Sidecar } from '../../snapshot/sidecar.ts';
import { formatTableName, tableId } from '../../snapshot/table.ts';
import type { Unlock } from '../../util/byte-source.ts';

type KnownSnapshot = StoredSnapshot & { readonly sidecar: Sidecar };

/** Reads the manifests of the newest whole backups, the rows of none. */
export async function readHistory(
  { clock, signal, progress, unlock }: Pick<Ports, 'clock' | 'signal' | 'progress' | 'unlock'>,
  stored: readonly StoredSnapshot[],
  last: number,
): Promise<ReportHistory> {
  const chosen = chooseSnapshots(stored, clock.now()).slice(0, last).reverse();
  const read: { snapshot: KnownSnapshot; tables: readonly TableEntry[] }[] = [];
  const unread: string[] = [];
  progress.phase('reading what the last backups held', null);
  for (const snapshot of chosen) {
    signal?.throwIfAborted();
    progress.item(snapshot.name);
    const tables = await readTables(snapshot.path, unlock);
    if (tables === null) unread.push(snapshot.name);
    else read.push({ snapshot, tables });
  }
  return {
    snapshots: read.map(({ snapshot: { name, bytes, sidecar } }) => ({
      name,
      created: sidecar.created,
      rows: sidecar.rows,
      bytes,
    })),
    tables: traceTables(read.map(({ tables }) => tables)),
    unread,
  };
}

/** The newest first. A snapshot of the future would stretch every plot. */
function chooseSnapshots(stored: readonly StoredSnapshot[], now: Date): readonly KnownSnapshot[] {
  return stored.flatMap((one) => {
    const { sidecar } = one;
    if (sidecar === null || sidecar.purpose !== 'backup' || sidecar.partial === true) return [];
    return Date.parse(sidecar.created) > now.getTime() ? [] : [{ ...one, sidecar }];
  });
}

/** Null for a file that cannot be read, or not without its key. */
async function readTables(
  filePath: string,
  unlock: Unlock | undefined,
): Promise<readonly TableEntry[] | null> {
  try {
    const file = await openSnapshotFile(filePath, unlock);
    await file.close();
    return file.manifest.tables;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** The figures of each table over all snapshots; its model is the one that was known last. */
function traceTables(snapshots: readonly (readonly TableEntry[])[]): readonly TableHistory[] {
  const traces = new Map<string, { name: string; model: string | null; entries: (TableEntry | null)[] }>();
  for (const [index, tables] of snapshots.entries()) {
    for (const entry of tables) {
      const known = traces.get(tableId(entry));
      const entries = known?.entries ?? new Array<TableEntry | null>(snapshots.length).fill(null);
      entries[index] = entry;
      traces.set(tableId(entry), { name: formatTableName(entry), model: entry.model, entries });
    }
  }
  return [...traces.values()]
    .map(({ name, model, entries }) => ({
      table: name,
      model,
      rows: entries.map((entry) => entry?.rows ?? null),
      bytes: entries.map((entry) => entry?.bytes ?? null),
    }))
    .sort(byNewestSize);
}

function byNewestSize(a: TableHistory, b: TableHistory): number {
  const difference = (b.bytes.at(-1) ?? -1) - (a.bytes.at(-1) ?? -1);
  if (difference !== 0) return difference;
  return a.table < b.table ? -1 : 1;
}
