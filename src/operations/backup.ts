import { AppError } from '../errors.ts';
import type { DatabaseIdentity, DatabaseTarget, Scope } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { Tier } from '../snapshot/header.ts';
import { parseGivenName } from '../snapshot/name.ts';
import type { LeftOut } from '../snapshot/table.ts';
import type { AppSchema } from './app-schema.ts';
import { formatIdentity, isSameDatabase } from './identity.ts';
import { copyOffsite } from './offsite/copy-offsite.ts';
import { type SyncedTarget, warningsOf } from './sync.ts';
import { isPartial, type TableSelection } from './table-choice.ts';
import { namedTables, type TakenFile, takeDatabaseFile } from './take-database-file.ts';
import { type TakenSnapshot, takeSnapshot } from './take-snapshot.ts';

export interface BackupRequest {
  readonly target: DatabaseTarget;
  readonly lockTimeoutMs: number;
  readonly appSchema: AppSchema | null;
  readonly scope: Scope;
  readonly selection: TableSelection;
  readonly name: string | null;
  readonly tier: Tier | null;
  /** Every tier that it serves, where these are more than `tier` says. */
  readonly serves?: readonly Tier[];
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly compressionLevel: number | null;
  /** Save the database file itself, not its rows. */
  readonly asFile?: boolean;
  /** Take the folder over from another database, after a move. */
  readonly adopt: boolean;
}

export interface BackupResult {
  readonly command: 'backup';
  /** False when a copy of it could not be made; the snapshot itself is good all the same. */
  readonly ok: boolean;
  readonly snapshot: {
    readonly id: string;
    readonly name: string;
    readonly path: string;
    readonly bytes: number;
    readonly rows: number;
    readonly sha256: string;
    readonly tables: readonly { schema: string | null; name: string; model: string | null; rows: number }[];
    readonly leftOut: readonly LeftOut[];
  };
  /** What became of its copies, target by target; empty where there are no targets. */
  readonly offsite: readonly SyncedTarget[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/**
 * Takes a verified snapshot of the database into the backup folder.
 *
 * @throws AppError RUN.LOCKED, FOLDER.*, DATABASE.*, SNAPSHOT.NAME, USAGE; nothing is left in the folder then
 */
export async function backup(ports: Ports, request: BackupRequest): Promise<BackupResult> {
  const started = ports.clock.now();
  if (request.name !== null) parseGivenName(request.name);
  const identity = await ports.engines.identify(request.target);
  const lock = await ports.folder.lock();
  try {
    return await backUpLocked(ports, { request, identity, started });
  } finally {
    await lock.release();
  }
}

export interface LockedBackup {
  readonly request: BackupRequest;
  /** Of the request's target. */
  readonly identity: DatabaseIdentity;
  readonly started: Date;
}

/** The same for a caller that holds the run lock. */
export async function backUpLocked(
  ports: Ports,
  { request, identity, started }: LockedBackup,
): Promise<BackupResult> {
  const name = request.name === null ? null : parseGivenName(request.name);
  if (request.asFile === true) checkFileRequest(request);
  if (!request.adopt) await checkOwner(ports, identity);
  const { lockTimeoutMs } = request;
  const options = ports.signal === undefined ? { lockTimeoutMs } : { lockTimeoutMs, signal: ports.signal };
  const database = await ports.engines.open(request.target, options);
  try {
    const source = { database, folder: ports.folder };
    const wanted = { ...request, name, purpose: 'backup', before: null } as const;
    const taken =
      request.asFile === true
        ? await takeDatabaseFile(ports, source, wanted)
        : await takeSnapshot(ports, source, wanted);
    const offsite = await copyOffsite(ports, taken.name);
    return resultOf(taken, { offsite, durationMs: ports.clock.now().getTime() - started.getTime() });
  } finally {
    await database.close();
  }
}

/** @throws AppError USAGE when the database is no file, or only a part of it was asked for */
function checkFileRequest({ target, selection }: BackupRequest): void {
  if (target.file === null) {
    throw new AppError('USAGE', 'Only a SQLite database is a file that can be saved as a whole', {
      hint: 'Leave --format out: the snapshot holds every row of every table',
    });
  }
  if (!isPartial(selection)) return;
  throw new AppError(
    'USAGE',
    'A whole file holds all tables, so --only and --exclude say nothing beside it',
    {
      hint: 'Leave out --format, or --only and --exclude',
    },
  );
}

/** A folder belongs to one database: mixed snapshots would be restored into the wrong one some night. */
export async function checkOwner(ports: Ports, identity: DatabaseIdentity): Promise<void> {
  const owner = await ports.folder.owner();
  if (owner === null || isSameDatabase(owner, identity)) return;
  throw new AppError(
    'FOLDER.OTHER_DATABASE',
    `The backup folder ${ports.folder.path} belongs to another database: ${formatIdentity(owner)}, not ${formatIdentity(identity)}`,
    {
      hint: 'Give each database its own BACKUP_DIR (or --dir); after a move of the same database add --adopt',
    },
  );
}

function resultOf(
  taken: TakenSnapshot | TakenFile,
  { offsite, durationMs }: Pick<BackupResult, 'offsite' | 'durationMs'>,
): BackupResult {
  const { name, path, header, sidecar } = taken;
  const tables = tablesOf(taken).map(({ schema, name, model, rows }) => ({ schema, name, model, rows }));
  const { bytes, rows, sha256 } = sidecar;
  return {
    command: 'backup',
    ok: offsite.every(({ ok }) => ok),
    snapshot: { id: header.id, name, path, bytes, rows, sha256, tables, leftOut: header.leftOut },
    offsite,
    warnings: [...header.warnings, ...offsite.flatMap(warningsOf)],
    durationMs,
  };
}

function tablesOf(taken: TakenSnapshot | TakenFile): BackupResult['snapshot']['tables'] {
  return 'manifest' in taken ? taken.manifest.tables : namedTables(taken.header);
}
