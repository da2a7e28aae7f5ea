import { hash } from 'node:crypto';
import path from 'node:path';
import type { SealedFile } from '../crypto/seal.ts';
import { AppError, InternalError } from '../errors.ts';
import type { BackupFolder } from '../ports/backup-folder.ts';
import type { Database, DatabaseIdentity, DatabaseSnapshot, Scope } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import type { Purpose, SafetyReason, SnapshotHeader, SnapshotTable, Tier } from '../snapshot/header.ts';
import type { Manifest } from '../snapshot/manifest.ts';
import { fileNames, makeName, withoutEnding } from '../snapshot/name.ts';
import { openSnapshotFile } from '../snapshot/reader.ts';
import { RowCheck } from '../snapshot/row-check.ts';
import type { RowSource } from '../snapshot/rows.ts';
import { makeSidecar, type Sidecar } from '../snapshot/sidecar.ts';
import { formatTableName, type LeftOut, type TableDefinition } from '../snapshot/table.ts';
import { verifySnapshot } from '../snapshot/verify.ts';
import { SnapshotWriter, type WrittenSnapshot } from '../snapshot/writer.ts';
import type { PartialFile } from '../util/atomic-file.ts';
import type { Unlock } from '../util/byte-source.ts';
import { formatBytes } from '../util/bytes.ts';
import { hashFile } from '../util/hash-file.ts';
import { type AppSchema, modelOf } from './app-schema.ts';
import { aboutFolder } from './folder-errors.ts';
import { chooseTables, isPartial, nameTables, type TableSelection } from './table-choice.ts';

export interface SnapshotRequest {
  readonly scope: Scope;
  readonly selection: TableSelection;
  readonly appSchema: AppSchema | null;
  readonly purpose: Purpose;
  readonly before: SafetyReason | null;
  /** A name given by a person, already checked; null for one made from tier and time. */
  readonly name: string | null;
  readonly tier: Tier | null;
  /** Every tier that it serves, where these are more than `tier` says. */
  readonly serves?: readonly Tier[];
  readonly description: string | null;
  readonly tags: readonly string[];
  /** 1 to 9, or null for a plain `.json`. */
  readonly compressionLevel: number | null;
}

export interface TakenSnapshot {
  readonly name: string;
  readonly path: string;
  readonly header: SnapshotHeader;
  readonly manifest: Manifest;
  readonly sidecar: Sidecar;
  /** Opens the encrypted file without any key, while this process lives; undefined when it is not encrypted. */
  readonly unlock: Unlock | undefined;
}

/**
 * Takes one verified snapshot of an open database into a folder whose run lock the caller holds. The final name
 * appears when the file is complete, durable and read back; on any failure nothing of it is left.
 */
export async function takeSnapshot(
  ports: Ports,
  { database, folder }: { database: Database; folder: BackupFolder },
  request: SnapshotRequest,
): Promise<TakenSnapshot> {
  const partial = await folder.createPartial().catch((error: unknown) => {
    throw aboutFolder(error, folder.path);
  });
  try {
    const created = ports.clock.now();
    const sealed = await ports.seal?.((bytes) => partial.write(bytes));
    const target = { database, folder, partial, sealed, created };
    const { header, written } = await writePartial(ports, target, request);
    const unlock = sealed?.unlock;
    await readBack(ports, { partial, unlock, written });
    const form = { isCompressed: request.compressionLevel !== null, isEncrypted: sealed !== undefined };
    const fileName = await partial.publish(fileNames(header.name, form));
    return await describe(ports, { folder, fileName, header, written, unlock });
  } catch (error) {
    await partial.discard();
    throw aboutFolder(error, folder.path);
  }
}

interface WriteTarget {
  readonly database: Database;
  readonly folder: BackupFolder;
  readonly partial: PartialFile;
  /** What encrypts into the file; undefined when it is written as it is. */
  readonly sealed: SealedFile | undefined;
  readonly created: Date;
}

async function writePartial(
  ports: Ports,
  { database, folder, partial, sealed, created }: WriteTarget,
  request: SnapshotRequest,
): Promise<{ header: SnapshotHeader; written: WrittenSnapshot }> {
  const source = await database.openSnapshot(request.scope);
  try {
    const all = nameTables(source.catalogue.tables, request.appSchema);
    const tables = chooseTables(all, request.selection);
    await checkSpace(folder, source.catalogue.estimatedBytes, request.compressionLevel !== null);
    const leftOut = [...source.catalogue.leftOut, ...notChosen(all, tables)];
    const header = makeHeader(ports, {
      request,
      created,
      identity: database.identity,
      source,
      leftOut,
      tables,
    });
    const writer = new SnapshotWriter((bytes) => (sealed ?? partial).write(bytes), request);
    const { definition } = source.catalogue;
    ports.progress.phase('reading', sumOf(tables.map((table) => table.estimatedRows)));
    await writer.begin(header, { prisma: request.appSchema?.text ?? null, definition });
    for (const table of tables)
      await writeTable(ports, { writer, source, table, appSchema: request.appSchema });
    const written = await writer.finish(source.catalogue.sequences);
    const stored = (await sealed?.finish()) ?? {};
    await partial.finish();
    return { header, written: { ...written, ...stored } };
  } finally {
    await source.close();
  }
}

interface TableSource {
  readonly writer: SnapshotWriter;
  readonly source: DatabaseSnapshot;
  readonly table: TableDefinition;
  readonly appSchema: AppSchema | null;
}

async function writeTable(ports: Ports, { writer, source, table, appSchema }: TableSource): Promise<void> {
  ports.progress.item(formatTableName(table));
  await writer.addTable(describeTable(table, appSchema), counted(ports, checked(source.rows(table), table)));
}

/** The same rows, each of which a restore would take: what no reader would accept never gets into a snapshot. */
async function* checked(rows: RowSource, table: TableDefinition): RowSource {
  const check = new RowCheck(table.columns.map((column) => column.encoding));
  for await (const chunk of rows) {
    try {
      check.check(chunk);
    } catch (error) {
      throw new InternalError(`A row of ${formatTableName(table)} was not read as it should be`, error);
    }
    yield chunk;
  }
}

export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** The same rows, reported as they pass, and ended by an abort. */
export async function* counted(ports: Ports, rows: RowSource): RowSource {
  for await (const chunk of rows) {
    ports.signal?.throwIfAborted();
    ports.progress.advance(chunk.rows);
    yield chunk;
  }
}

export function describeTable(table: TableDefinition, appSchema: AppSchema | null): SnapshotTable {
  const model = modelOf(appSchema, table);
  return {
    schema: table.schema,
    name: table.name,
    model: model?.name ?? null,
    columns: table.columns.map(({ name, type, encoding, nullable, generated, labels }) => ({
      ...{ name, type, encoding, nullable, generated },
      field: model?.fields.find((field) => field.column === name)?.name ?? null,
      ...(labels === undefined ? {} : { labels }),
    })),
  };
}

function notChosen(all: readonly TableDefinition[], chosen: readonly TableDefinition[]): LeftOut[] {
  const names = new Set(chosen.map(formatTableName));
  const rest = all.map(formatTableName).filter((name) => !names.has(name));
  return rest.map((name) => ({ kind: 'table', name, reason: 'not chosen (--only, --exclude)' }));
}

export interface HeaderFacts {
  readonly request: SnapshotRequest;
  readonly created: Date;
  readonly identity: DatabaseIdentity;
  readonly source: Pick<DatabaseSnapshot, 'catalogue'>;
  readonly leftOut: readonly LeftOut[];
  readonly tables: readonly TableDefinition[];
}

export function makeHeader(
  ports: Ports,
  { request, created, identity, source, leftOut, tables }: HeaderFacts,
): SnapshotHeader {
  const { tier, serves, purpose, before, description, tags } = request;
  return {
    kind: 'full',
    parent: null,
    purpose,
    tool: ports.tool,
    id: ports.newId(),
    created: created.toISOString(),
    provider: identity.provider,
    serverVersion: source.catalogue.serverVersion,
    database: { host: identity.host, name: identity.name },
    schemaFingerprint: fingerprintOf(tables),
    tier,
    ...(serves === undefined ? {} : { serves }),
    name: request.name ?? makeName({ tier, isSafety: purpose === 'safety', created }),
    description,
    tags,
    before,
    isolation: 'one-instant',
    bytes: 'hex',
    partial: isPartial(request.selection),
    leftOut,
    warnings: source.catalogue.warnings,
  };
}

function fingerprintOf(tables: readonly TableDefinition[]): string {
  const shape = tables.map(({ schema, name, columns, key, uniques }) => [
    ...[schema, name, key],
    columns.map((column) => [
      column.name,
      column.type,
      column.nullable,
      column.generated,
      column.labels ?? null,
    ]),
    uniques.map((unique) => unique.columns),
  ]);
  return hash('sha256', JSON.stringify(shape));
}

/**
 * Text compresses to well under half of what its tables take; indexes are in the estimate too, so a snapshot that
 * would fit is not refused.
 */
const expectedShare = { compressed: 0.4, plain: 2 };

/** How large the snapshot of a database of this size is expected to be. */
export function expectedBytes(estimatedBytes: number, isCompressed: boolean): number {
  return Math.ceil(estimatedBytes * (isCompressed ? expectedShare.compressed : expectedShare.plain));
}

export async function checkSpace(
  folder: BackupFolder,
  estimatedBytes: number,
  isCompressed: boolean,
): Promise<void> {
  const needed = expectedBytes(estimatedBytes, isCompressed);
  const free = await folder.freeBytes();
  if (free >= needed) return;
  throw new AppError(
    'FOLDER.FULL',
    `The backup folder ${folder.path} has ${formatBytes(free)} free, and the snapshot needs about ${formatBytes(needed)}`,
    { hint: 'Free space there, or choose another folder with --dir or BACKUP_DIR' },
  );
}

interface FinishedFile extends Pick<TakenSnapshot, 'unlock'> {
  readonly partial: PartialFile;
  readonly written: WrittenSnapshot;
}

/** Reads the finished file back from the disk, and compares it with what was written. */
async function readBack(ports: Ports, file: FinishedFile): Promise<void> {
  const { rows } = file.written.manifest;
  ports.progress.phase('verifying', rows);
  const damage = await findDamage(ports, file);
  if (damage === null) return ports.progress.advance(rows);
  throw new AppError('SNAPSHOT.CHECKSUM', `The snapshot was not stored as it was written: ${damage}`, {
    hint: 'The disk or its controller may be failing; the file was removed. Try another folder with --dir',
  });
}

/**
 * Rows were checked and blocks decoded while they were written, so the same bytes in a frame that opens are the whole
 * snapshot. Of an encrypted file those were not yet the bytes that are stored: it is decrypted and decoded again.
 */
async function findDamage(ports: Ports, { partial, unlock, written }: FinishedFile): Promise<string | null> {
  if ((await hashFile(partial.path, ports.signal)) !== written.sha256) return 'other bytes came back';
  const onRows = (): void => ports.signal?.throwIfAborted();
  if (unlock !== undefined)
    return (await verifySnapshot(partial.path, { onRows, unlock }))[0]?.message ?? null;
  try {
    await (await openSnapshotFile(partial.path)).close();
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'FOLDER.IO') throw error;
    return error.message;
  }
}

interface PublishedFacts extends Pick<TakenSnapshot, 'unlock'> {
  readonly folder: BackupFolder;
  readonly fileName: string;
  readonly header: SnapshotHeader;
  readonly written: WrittenSnapshot;
}

async function describe(
  ports: Ports,
  { folder, fileName, header, written, unlock }: PublishedFacts,
): Promise<TakenSnapshot> {
  const { manifest, bytes, sha256 } = written;
  const sidecar = makeSidecar({
    ...{ header, rows: manifest.rows, bytes, sha256 },
    verified: ports.clock.now().toISOString(),
    isEncrypted: unlock !== undefined,
  });
  const filePath = path.join(folder.path, fileName);
  await folder.saveSidecar(filePath, sidecar);
  return { name: withoutEnding(fileName), path: filePath, header, manifest, sidecar, unlock };
}
