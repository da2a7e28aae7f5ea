import { AppError } from '../../errors.ts';
import type { FolderState, Ports, RestoreRecord, RunLog, StoredSnapshot } from '../../ports.ts';
import { isWholeAndVerified } from '../../retention/candidate.ts';
import type { Schedule } from '../../retention/schedule.ts';
import { openSnapshotFile } from '../../snapshot/reader.ts';
import type { Sidecar } from '../../snapshot/sidecar.ts';
import { formatTableName } from '../../snapshot/table.ts';

export interface HealthRequest {
  readonly schedule: Schedule;
  /** A verified backup has to be younger. */
  readonly maxAgeMs: number;
  /** A snapshot should not be larger. */
  readonly maxBytes: number;
}

/** A verified snapshot of the whole database. */
export type GoodSnapshot = StoredSnapshot & { readonly sidecar: Sidecar };

/** The rows of one table in a snapshot. */
export interface TableRows {
  readonly table: string;
  readonly model: string | null;
  readonly rows: number;
}

/** Everything that the checks look at, read once. */
export interface HealthFacts extends HealthRequest {
  readonly now: Date;
  readonly folderPath: string;
  /** Null when the folder is missing. */
  readonly folder: FolderState | null;
  readonly freeBytes: number | null;
  readonly snapshots: readonly StoredSnapshot[];
  /** Verified and whole, not of the future, the newest first. */
  readonly good: readonly GoodSnapshot[];
  /** Rows of the newest good snapshots, in their order: the first is compared with the others. */
  readonly tables: readonly (readonly TableRows[])[];
  readonly runs: RunLog | null;
  readonly isLastRunAlive: boolean;
  readonly lastRestore: RestoreRecord | null;
  /** Why the record of the last restore cannot be read; null when it can. */
  readonly restoreFault: string | null;
}

/** How many earlier snapshots the newest is compared with. */
const compared = 5;

export async function readFacts(ports: Ports, request: HealthRequest): Promise<HealthFacts> {
  const now = ports.clock.now();
  const { folder } = ports;
  const state = await folder.examine();
  const snapshots = await folder.list();
  const good = snapshots.flatMap((one) =>
    isWholeAndVerified(one.sidecar) && Date.parse(one.sidecar.created) <= now.getTime()
      ? [{ ...one, sidecar: one.sidecar }]
      : [],
  );
  const runs = await folder.readRuns();
  return {
    ...request,
    now,
    folderPath: folder.path,
    folder: state,
    freeBytes: state === null ? null : await folder.freeBytes(),
    snapshots,
    good,
    tables: await readTables(good.slice(0, compared + 1)),
    runs,
    isLastRunAlive: runs?.last != null && ports.isProcessAlive(runs.last.process),
    ...(await readRestore(ports)),
  };
}

async function readTables(snapshots: readonly GoodSnapshot[]): Promise<readonly (readonly TableRows[])[]> {
  const tables: (readonly TableRows[])[] = [];
  for (const { path } of snapshots) {
    const rows = await rowsOf(path);
    if (rows !== null) tables.push(rows);
  }
  return tables;
}

/** The counts in a snapshot's manifest; null for a file that was damaged since it was verified. */
async function rowsOf(filePath: string): Promise<readonly TableRows[] | null> {
  try {
    const file = await openSnapshotFile(filePath);
    await file.close();
    return file.manifest.tables.map((entry) => ({
      table: formatTableName(entry),
      model: entry.model,
      rows: entry.rows,
    }));
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

async function readRestore({ folder }: Ports): Promise<Pick<HealthFacts, 'lastRestore' | 'restoreFault'>> {
  try {
    return { lastRestore: await folder.readLastRestore(), restoreFault: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { lastRestore: null, restoreFault: error.message };
  }
}
