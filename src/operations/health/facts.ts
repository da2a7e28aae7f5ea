import { AppError } from '../../errors.ts';
import type { FolderState, RestoreRecord, StoredSnapshot } from '../../ports/backup-folder.ts';
import type { OffsiteTarget, TargetRecord } from '../../ports/offsite.ts';
import type { Ports } from '../../ports/ports.ts';
import type { RunLog } from '../../ports/run.ts';
import { isWholeAndVerified } from '../../retention/candidate.ts';
import type { Schedule } from '../../retention/schedule.ts';
import { openSnapshotFile } from '../../snapshot/reader.ts';
import type { Sidecar } from '../../snapshot/sidecar.ts';
import { formatTableName } from '../../snapshot/table.ts';
import type { Unlock } from '../../util/byte-source.ts';

export interface HealthRequest {
  readonly schedule: Schedule;
  /** A verified backup has to be younger. */
  readonly maxAgeMs: number;
  /** A snapshot should not be larger. */
  readonly maxBytes: number;
}

/** A verified snapshot of the whole database. */
export type GoodSnapshot = StoredSnapshot & { readonly sidecar: Sidecar };

export type KnownTarget = Pick<
  OffsiteTarget,
  'name' | 'kind' | 'required' | 'allowsPlain' | 'isPlainMeant'
> & {
  /** Null when it was never used. */
  readonly record: TargetRecord | null;
};

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
  /** The targets for copies, with what is known of each. */
  readonly targets: readonly KnownTarget[];
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
    tables: await readTables(good.slice(0, compared + 1), ports.unlock),
    runs,
    targets: await readTargets(ports),
    isLastRunAlive: runs?.last != null && ports.isProcessAlive(runs.last.process),
    ...(await readRestore(ports)),
  };
}

async function readTargets({ folder, targets }: Ports): Promise<readonly KnownTarget[]> {
  const log = await folder.readTargets();
  return ((await targets?.()) ?? []).map((target) => ({ ...target, record: log[target.name] ?? null }));
}

async function readTables(
  snapshots: readonly GoodSnapshot[],
  unlock: Unlock | undefined,
): Promise<readonly (readonly TableRows[])[]> {
  const tables: (readonly TableRows[])[] = [];
  for (const { path } of snapshots) {
    const rows = await rowsOf(path, unlock);
    // Without the newest there is nothing to compare.
    if (rows === null && tables.length === 0) return [];
    if (rows !== null) tables.push(rows);
  }
  return tables;
}

/** The counts in a snapshot's manifest; null for a file that cannot be opened, or was damaged since it was verified. */
async function rowsOf(filePath: string, unlock: Unlock | undefined): Promise<readonly TableRows[] | null> {
  try {
    const file = await openSnapshotFile(filePath, unlock);
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
