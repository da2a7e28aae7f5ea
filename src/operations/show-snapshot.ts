import type { Ports, StoredSnapshot } from '../ports.ts';
import type { SnapshotHeader, SnapshotTable } from '../snapshot/header.ts';
import type { TableEntry } from '../snapshot/manifest.ts';
import { openSnapshotFile, type SnapshotFile } from '../snapshot/reader.ts';
import { chooseTables } from './table-choice.ts';

export interface ShownTable {
  readonly schema: string | null;
  readonly name: string;
  readonly model: string | null;
  readonly rows: number;
  /** Of the table's rows as text. */
  readonly bytes: number;
  readonly sha256: string;
}

export interface ShowResult {
  readonly command: 'show';
  readonly ok: true;
  readonly path: string;
  readonly bytes: number;
  readonly verified: string | null;
  readonly header: SnapshotHeader;
  readonly tables: readonly ShownTable[];
}

export interface ShownRows {
  readonly command: 'show';
  readonly ok: true;
  readonly table: SnapshotTable;
  /** Each row as it stands in the snapshot: one JSON array of encoded cells. */
  readonly rows: readonly string[];
}

/** The header of a snapshot, and what is in it. */
export async function showSnapshot(
  { folder }: Pick<Ports, 'folder'>,
  reference: string,
): Promise<ShowResult> {
  const stored = await folder.find(reference);
  return withFile(stored, async (file) => ({
    command: 'show',
    ok: true,
    path: stored.path,
    bytes: file.bytes,
    verified: stored.sidecar?.verified ?? null,
    header: file.header,
    tables: file.manifest.tables.map(({ schema, name, model, rows, bytes, sha256 }) => ({
      ...{ schema, name, model, rows, bytes, sha256 },
    })),
  }));
}

/**
 * The first rows of one table.
 *
 * @param tableName a model or a table
 * @throws AppError USAGE when there is no such table
 */
export async function showRows(
  { folder }: Pick<Ports, 'folder'>,
  reference: string,
  { tableName, limit }: { tableName: string; limit: number },
): Promise<ShownRows> {
  return withFile(await folder.find(reference), async (file) => {
    const [entry] = chooseTables(file.manifest.tables, { only: [tableName], exclude: [] });
    return {
      command: 'show',
      ok: true,
      table: await file.tableHead(entry!),
      rows: await firstRows(file, entry!, limit),
    };
  });
}

async function firstRows(file: SnapshotFile, entry: TableEntry, limit: number): Promise<string[]> {
  const lines: string[] = [];
  if (limit === 0) return lines;
  for await (const { bytes } of file.rows(entry)) {
    lines.push(...bytes.toString('utf8').split('\n').slice(0, -1));
    if (lines.length >= limit) break;
  }
  return lines.slice(0, limit);
}

async function withFile<T>(stored: StoredSnapshot, work: (file: SnapshotFile) => Promise<T>): Promise<T> {
  const file = await openSnapshotFile(stored.path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
