import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import type { BackupFolder } from '../ports/backup-folder.ts';
import type { Database, DatabaseFileCopy, DatabaseInstant } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import {
  type FileHeader,
  readDatabaseFile,
  readFileHeader,
  writeDatabaseFile,
} from '../snapshot/database-file.ts';
import { databaseFileEnding, namesWith, withoutEnding } from '../snapshot/name.ts';
import { makeSidecar, type Sidecar } from '../snapshot/sidecar.ts';
import type { PartialFile } from '../util/atomic-file.ts';
import { hashFile } from '../util/hash-file.ts';
import { modelOf } from './app-schema.ts';
import { aboutFolder } from './folder-errors.ts';
import { checkSpace, makeHeader, type SnapshotRequest, sumOf } from './take-snapshot.ts';

export interface TakenFile {
  readonly name: string;
  readonly path: string;
  readonly header: FileHeader;
  readonly sidecar: Sidecar;
  /** Which state of the database was saved. */
  readonly instant: DatabaseInstant;
}

/**
 * Saves a whole database file into a folder whose run lock the caller holds. As with snapshots of rows the final name
 * appears when the file is complete, durable and read back.
 */
export async function takeDatabaseFile(
  ports: Ports,
  { database, folder }: { database: Database; folder: BackupFolder },
  request: SnapshotRequest,
): Promise<TakenFile> {
  const created = ports.clock.now();
  ports.progress.phase('copying the database file', null);
  if (database.file === undefined) throw noFile(database);
  if (ports.seal !== undefined) throw notEncrypted(database);
  const copy = await database.file.copy();
  try {
    await checkSpace(folder, copy.catalogue.estimatedBytes, request.compressionLevel !== null);
    const header = await describe(ports, { database, copy, created }, request);
    return await publish(ports, { folder, copy, header }, request);
  } finally {
    await copy.remove();
  }
}

function noFile({ identity }: Database): AppError {
  return new AppError('USAGE', `Cannot save ${identity.name} as a file: it is on a server`, {
    hint: 'Leave --format out: the snapshot holds every row of every table',
  });
}

function notEncrypted({ identity }: Database): AppError {
  return new AppError(
    'USAGE',
    `Cannot save ${identity.name} as a file: snapshots are to be encrypted, and whole files are not`,
    { hint: 'Leave --format out, which is encrypted; or empty BACKUP_ENCRYPTION_RECIPIENT for this run' },
  );
}

interface Described {
  readonly database: Database;
  readonly copy: DatabaseFileCopy;
  readonly created: Date;
}

async function describe(
  ports: Ports,
  { database, copy, created }: Described,
  request: SnapshotRequest,
): Promise<FileHeader> {
  const { tables } = copy.catalogue;
  const { identity } = database;
  const header = makeHeader(ports, { request, created, identity, source: copy, leftOut: [], tables });
  return {
    ...header,
    kind: 'file',
    tables: tables.map((table, index) => ({
      name: table.name,
      model: modelOf(request.appSchema, table)?.name ?? null,
      rows: copy.rows[index]!,
    })),
    content: { bytes: (await stat(copy.path)).size, sha256: await hashFile(copy.path) },
  };
}

interface Published {
  readonly folder: BackupFolder;
  readonly copy: DatabaseFileCopy;
  readonly header: FileHeader;
}

async function publish(
  ports: Ports,
  { folder, copy, header }: Published,
  { compressionLevel }: SnapshotRequest,
): Promise<TakenFile> {
  const partial = await folder.createPartial().catch((error: unknown) => {
    throw aboutFolder(error, folder.path);
  });
  try {
    const sink = (bytes: Buffer): Promise<void> => writeUnlessAborted(ports, partial, bytes);
    const written = await writeDatabaseFile(copy.path, { header, level: compressionLevel ?? 0, sink });
    await partial.finish();
    await readBack(ports, partial);
    const fileName = await partial.publish(namesWith(header.name, databaseFileEnding));
    const rows = sumOf(header.tables.map((table) => table.rows));
    const verified = ports.clock.now().toISOString();
    const sidecar = makeSidecar({ header, rows, ...written, verified, isEncrypted: false });
    const filePath = path.join(folder.path, fileName);
    await folder.saveSidecar(filePath, sidecar);
    return { name: withoutEnding(fileName), path: filePath, header, sidecar, instant: copy.instant };
  } catch (error) {
    await partial.discard();
    throw aboutFolder(error, folder.path);
  }
}

function writeUnlessAborted({ signal }: Ports, partial: PartialFile, bytes: Buffer): Promise<void> {
  signal?.throwIfAborted();
  return partial.write(bytes);
}

/** Reads the finished file back from the disk: what it holds is the copy that was checked. */
async function readBack(ports: Ports, partial: PartialFile): Promise<void> {
  ports.progress.phase('verifying', null);
  const header = await readFileHeader(partial.path);
  if (header === null)
    throw new AppError('SNAPSHOT.CHECKSUM', 'The snapshot was not stored as it was written');
  await readDatabaseFile(partial.path, header, async () => ports.signal?.throwIfAborted());
}

/** The tables of a whole file, as those of other snapshots are named. */
export function namedTables({ tables }: FileHeader) {
  return tables.map((table) => ({ schema: null, ...table }));
}
