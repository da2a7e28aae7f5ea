import { AppError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { Ports } from '../ports/ports.ts';
import { type FileHeader, readFileHeader } from '../snapshot/database-file.ts';
import type { SnapshotHeader, SnapshotTable } from '../snapshot/header.ts';
import { openSnapshotFile, type SnapshotFile } from '../snapshot/reader.ts';
import type { RowSource } from '../snapshot/rows.ts';
import type { Sidecar } from '../snapshot/sidecar.ts';
import { isSameTable } from '../snapshot/table.ts';
import type { Unlock } from '../util/byte-source.ts';
import { chooseTables } from './table-choice.ts';
import { namedTables } from './take-database-file.ts';
import { describeTable } from './take-snapshot.ts';
import { withUnpackedFile } from './unpack-database-file.ts';

export interface ShownTable {
  readonly schema: string | null;
  readonly name: string;
  readonly model: string | null;
  readonly rows: number;
  /** Of the table's rows as text; null where the snapshot is a whole database file. */
  readonly bytes: number | null;
  readonly sha256: string | null;
}

export interface ShowResult {
  readonly command: 'show';
  readonly ok: true;
  readonly path: string;
  readonly bytes: number;
  readonly verified: string | null;
  /** When it was last restored and checked in a database of a drill, or null. */
  readonly drilled: string | null;
  readonly header: SnapshotHeader | FileHeader;
  readonly tables: readonly ShownTable[];
}

export interface ShownRows {
  readonly command: 'show';
  readonly ok: true;
  readonly table: SnapshotTable;
  /** Each row as it stands in the snapshot: one JSON array of encoded cells. */
  readonly rows: readonly string[];
}

/** What can be told of an encrypted snapshot from the outside. */
export interface ShownOutside
  extends Pick<ShowResult, 'command' | 'ok' | 'path' | 'bytes' | 'verified' | 'drilled'> {
  readonly header: null;
  readonly tables: null;
  readonly outside: Pick<Sidecar, 'id' | 'created' | 'purpose' | 'tier' | 'rows' | 'sha256' | 'database'>;
}

type Reading = Pick<Ports, 'folder' | 'unlock'>;

/**
 * The header of a snapshot, and what is in it; of an encrypted one without a key what its sidecar tells.
 *
 * @throws AppError ENCRYPTION.IDENTITY_MISSING when that is lost, too
 */
export async function showSnapshot(
  { folder, unlock }: Reading,
  reference: string,
): Promise<ShowResult | ShownOutside> {
  const stored = await folder.find(reference);
  try {
    return await showInside(stored, unlock);
  } catch (error) {
    const isLocked = error instanceof AppError && error.code === 'ENCRYPTION.IDENTITY_MISSING';
    if (isLocked && stored.sidecar !== null) return showOutside(stored, stored.sidecar);
    throw error;
  }
}

function showOutside({ path, bytes }: StoredSnapshot, sidecar: Sidecar): ShownOutside {
  const { id, created, purpose, tier, rows, sha256, database, verified, drilled } = sidecar;
  return {
    ...{ command: 'show', ok: true, path, bytes, verified, drilled, header: null, tables: null },
    outside: { id, created, purpose, tier, rows, sha256, database },
  };
}

async function showInside(stored: StoredSnapshot, unlock: Unlock | undefined): Promise<ShowResult> {
  const header = await readFileHeader(stored.path);
  if (header !== null) return showDatabaseFile(stored, header);
  return withFile(stored, unlock, async (file) => ({
    command: 'show',
    ok: true,
    path: stored.path,
    bytes: file.bytes,
    verified: stored.sidecar?.verified ?? null,
    drilled: stored.sidecar?.drilled ?? null,
    header: file.header,
    tables: file.manifest.tables.map(({ schema, name, model, rows, bytes, sha256 }) => ({
      ...{ schema, name, model, rows, bytes, sha256 },
    })),
  }));
}

function showDatabaseFile({ path, bytes, sidecar }: StoredSnapshot, header: FileHeader): ShowResult {
  const tables = namedTables(header).map((table) => ({ ...table, bytes: null, sha256: null }));
  const { verified, drilled } = sidecar ?? { verified: null, drilled: null };
  return { command: 'show', ok: true, path, bytes, verified, drilled, header, tables };
}

/**
 * The first rows of one table.
 *
 * @param tableName a model or a table
 * @throws AppError USAGE when there is no such table
 */
export async function showRows(
  ports: Ports,
  reference: string,
  { tableName, limit }: { tableName: string; limit: number },
): Promise<ShownRows> {
  const stored = await ports.folder.find(reference);
  const header = await readFileHeader(stored.path);
  if (header !== null) return showFileRows(ports, { path: stored.path, header }, { tableName, limit });
  return withFile(stored, ports.unlock, async (file) => {
    const [entry] = chooseTables(file.manifest.tables, { only: [tableName], exclude: [] });
    return {
      command: 'show',
      ok: true,
      table: await file.tableHead(entry!),
      rows: await firstRows(file.rows(entry!), limit),
    };
  });
}

async function showFileRows(
  ports: Ports,
  file: { readonly path: string; readonly header: FileHeader },
  { tableName, limit }: { tableName: string; limit: number },
): Promise<ShownRows> {
  const [chosen] = chooseTables(namedTables(file.header), { only: [tableName], exclude: [] });
  return withUnpackedFile(ports, file, async ({ database }) => {
    const snapshot = await database.openSnapshot({ allSchemas: false });
    try {
      const table = snapshot.catalogue.tables.find((one) => isSameTable(one, chosen!))!;
      const described = { ...describeTable(table, null), model: chosen!.model };
      return {
        command: 'show',
        ok: true,
        table: described,
        rows: await firstRows(snapshot.rows(table), limit),
      };
    } finally {
      await snapshot.close();
    }
  });
}

async function firstRows(rows: RowSource, limit: number): Promise<string[]> {
  const lines: string[] = [];
  if (limit === 0) return lines;
  for await (const { bytes } of rows) {
    lines.push(...bytes.toString('utf8').split('\n').slice(0, -1));
    if (lines.length >= limit) break;
  }
  return lines.slice(0, limit);
}

async function withFile<T>(
  stored: StoredSnapshot,
  unlock: Unlock | undefined,
  work: (file: SnapshotFile) => Promise<T>,
): Promise<T> {
  const file = await openSnapshotFile(stored.path, unlock);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
