import { hash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { SchemaSection, SnapshotHeader, SnapshotTable } from '../../../src/snapshot/header.ts';
import type { RowSource } from '../../../src/snapshot/rows.ts';
import type { SequenceState } from '../../../src/snapshot/table.ts';
import { SnapshotWriter } from '../../../src/snapshot/writer.ts';

type Row = (string | number | boolean | null)[];

/** A snapshot as a whole, to be made into another one. */
export interface SnapshotDocument {
  readonly header: SnapshotHeader;
  readonly schema: SchemaSection;
  readonly tables: { readonly table: SnapshotTable; rows: Row[] }[];
  readonly manifest: { sequences: SequenceState[] };
}

/** The rows of a table, found by its name whatever schema it stands in. */
export function rowsOf(document: SnapshotDocument, name: string): Row[] {
  return tableOf(document, name).rows;
}

export function tableOf({ tables }: SnapshotDocument, name: string): SnapshotDocument['tables'][number] {
  const found = tables.find(({ table }) => table.name === name);
  if (found === undefined) throw new Error(`the snapshot has no table ${name}`);
  return found;
}

/** Where a column stands in the rows. */
export function columnOf(document: SnapshotDocument, name: string, column: string): number {
  return tableOf(document, name).table.columns.findIndex((one) => one.name === column);
}

/** Writes a snapshot anew after a change, every checksum in it, beside it and in its sidecar recomputed. */
export async function forge(file: string, change: (document: SnapshotDocument) => void): Promise<void> {
  const document = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as SnapshotDocument;
  change(document);
  const descriptor = openSync(file, 'w');
  const writer = new SnapshotWriter(async (bytes) => void writeSync(descriptor, bytes), {
    compressionLevel: 6,
  });
  await writer.begin(document.header, document.schema);
  for (const { table, rows } of document.tables) await writer.addTable(table, linesOf(rows));
  const { manifest, bytes, sha256 } = await writer.finish(document.manifest.sequences);
  closeSync(descriptor);
  writeSidecar(file, { bytes, sha256, rows: manifest.rows });
}

/** Turns one bit over in the middle of a file. */
export function flipByte(file: string): void {
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(file, bytes);
  // The checksum beside it is made to fit, so that only the file itself tells.
  writeSidecar(file, { sha256: hash('sha256', bytes) });
}

function writeSidecar(file: string, facts: object): void {
  const path = `${file}.meta.json`;
  writeFileSync(
    path,
    `${JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...facts }, null, 2)}\n`,
  );
}

async function* linesOf(rows: readonly Row[]): RowSource {
  if (rows.length === 0) return;
  yield { bytes: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), rows: rows.length };
}
