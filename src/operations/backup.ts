import { AppError } from '../errors.ts';
import type { DatabaseIdentity, DatabaseTarget, Ports, Scope } from '../ports.ts';
import type { Tier } from '../snapshot/header.ts';
import { parseGivenName } from '../snapshot/name.ts';
import type { LeftOut } from '../snapshot/table.ts';
import type { AppSchema } from './app-schema.ts';
import type { TableSelection } from './table-choice.ts';
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
  /** Take the folder over from another database, after a move. */
  readonly adopt: boolean;
}

export interface BackupResult {
  readonly command: 'backup';
  readonly ok: true;
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
  if (!request.adopt) await checkOwner(ports, identity);
  const { lockTimeoutMs } = request;
  const options = ports.signal === undefined ? { lockTimeoutMs } : { lockTimeoutMs, signal: ports.signal };
  const database = await ports.engines.open(request.target, options);
  try {
    const taken = await takeSnapshot(
      ports,
      { database, folder: ports.folder },
      { ...request, name, purpose: 'backup', before: null },
    );
    return resultOf(taken, ports.clock.now().getTime() - started.getTime());
  } finally {
    await database.close();
  }
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

export function isSameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  return a.provider === b.provider && a.host === b.host && a.name === b.name;
}

/** `app on db.example.com:5432`, or the path of a file. */
export function formatIdentity({ host, name }: DatabaseIdentity): string {
  return host === null ? name : `${name} on ${host}`;
}

function resultOf(
  { name, path, header, manifest, sidecar }: TakenSnapshot,
  durationMs: number,
): BackupResult {
  const tables = manifest.tables.map(({ schema, name, model, rows }) => ({ schema, name, model, rows }));
  const { bytes, rows, sha256 } = sidecar;
  return {
    command: 'backup',
    ok: true,
    snapshot: { id: header.id, name, path, bytes, rows, sha256, tables, leftOut: header.leftOut },
    warnings: header.warnings,
    durationMs,
  };
}
