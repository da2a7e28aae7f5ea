import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { SchemaSection, SnapshotHeader, SnapshotTable } from '../../../src/snapshot/header.ts';
import type { RowSource } from '../../../src/snapshot/rows.ts';
import { SnapshotWriter } from '../../../src/snapshot/writer.ts';

const header: SnapshotHeader = {
  ...{
    kind: 'full',
    parent: null,
    purpose: 'backup',
    tool: 'another tool',
    id: '0123456789abcdef',
    name: 'written',
  },
  ...{ created: '2026-01-02T03:04:05.678Z', provider: 'sqlite', serverVersion: '3.53.2', tier: null },
  database: { host: null, name: '/srv/app.db' },
  ...{
    schemaFingerprint: 'f'.repeat(64),
    description: null,
    tags: [],
    before: null,
    isolation: 'one-instant',
  },
  ...{ bytes: 'hex', partial: false, leftOut: [], warnings: [] },
};

export interface WrittenLike {
  readonly header?: Partial<SnapshotHeader>;
  /** Each gets one column and one row. */
  readonly tables?: readonly string[];
  readonly definition?: SchemaSection['definition'];
}

/** Writes a snapshot with good checksums that no backup would have made. */
export async function writeSnapshotLike(file: string, like: WrittenLike): Promise<void> {
  const { writer, close } = openWriter(file);
  await writer.begin({ ...header, ...like.header }, { prisma: null, definition: like.definition ?? [] });
  for (const name of like.tables ?? []) {
    const column = {
      name: 'id',
      type: 'INTEGER',
      encoding: 'cell',
      nullable: true,
      generated: false,
      field: null,
    } as const;
    await writer.addTable({ schema: null, name, model: null, columns: [column] }, linesOf([[1]]));
  }
  await writer.finish([]);
  close();
}

/** A copy of a compressed snapshot of SQLite with another header, and good checksums. */
export async function rewriteHeader(
  from: string,
  to: string,
  changes: Partial<SnapshotHeader>,
): Promise<void> {
  const document = JSON.parse(gunzipSync(readFileSync(from)).toString('utf8')) as {
    header: SnapshotHeader;
    schema: SchemaSection;
    tables: { table: SnapshotTable; rows: unknown[][] }[];
    manifest: { sequences: Parameters<SnapshotWriter['finish']>[0] };
  };
  const { writer, close } = openWriter(to);
  await writer.begin({ ...document.header, ...changes }, document.schema);
  for (const { table, rows } of document.tables) await writer.addTable(table, linesOf(rows));
  await writer.finish(document.manifest.sequences);
  close();
}

function openWriter(file: string): { writer: SnapshotWriter; close: () => void } {
  const descriptor = openSync(file, 'w');
  const writer = new SnapshotWriter(
    async (bytes) => {
      writeSync(descriptor, bytes);
    },
    { compressionLevel: null },
  );
  return { writer, close: () => closeSync(descriptor) };
}

async function* linesOf(rows: readonly (readonly unknown[])[]): RowSource {
  if (rows.length === 0) return;
  yield { bytes: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), rows: rows.length };
}
