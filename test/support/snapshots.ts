import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { formatEndLine, storeEndLine, tailOf } from '../../src/snapshot/end-line.ts';
import type { SchemaSection, SnapshotHeader, SnapshotTable } from '../../src/snapshot/header.ts';
import type { BlockEntry, Manifest, TableEntry } from '../../src/snapshot/manifest.ts';
import { openSnapshotFile, type SnapshotFile } from '../../src/snapshot/reader.ts';
import type { RowChunk, RowSource } from '../../src/snapshot/rows.ts';
import type { CellEncoding, SequenceState } from '../../src/snapshot/table.ts';
import { SnapshotWriter, type WrittenSnapshot } from '../../src/snapshot/writer.ts';
import type { Unlock } from '../../src/util/byte-source.ts';

/** The two forms of a snapshot file. */
export const forms = ['.json.gz', '.json'] as const;
export type Form = (typeof forms)[number];

export interface SampleTable {
  readonly table: SnapshotTable;
  /** JSON arrays, without line feeds. */
  readonly lines: readonly string[];
}

export interface SampleSnapshot {
  readonly header: SnapshotHeader;
  readonly schema: SchemaSection;
  readonly tables: readonly SampleTable[];
  readonly sequences: readonly SequenceState[];
}

export function sampleHeader(changes: Partial<SnapshotHeader> = {}): SnapshotHeader {
  return {
    kind: 'full',
    parent: null,
    purpose: 'backup',
    tool: 'holdfast 0.1.0',
    id: '00112233445566ff',
    created: '2026-11-20T10:30:00.000Z',
    provider: 'sqlite',
    serverVersion: '3.53.2',
    database: { host: null, name: '/srv/shop/app.db' },
    schemaFingerprint: 'a'.repeat(64),
    tier: null,
    name: 'backup-2026-11-20T10-30-00Z',
    description: null,
    tags: [],
    before: null,
    isolation: 'one-instant',
    bytes: 'hex',
    partial: false,
    leftOut: [],
    warnings: [],
    ...changes,
  };
}

/** A table whose columns are given as name and encoding. */
export function sampleTable(
  name: string,
  columns: Readonly<Record<string, CellEncoding>>,
  changes: Partial<SnapshotTable> = {},
): SnapshotTable {
  return {
    schema: null,
    name,
    model: null,
    columns: Object.entries(columns).map(([column, encoding]) => ({
      name: column,
      type: encoding,
      encoding,
      nullable: true,
      generated: false,
      field: null,
    })),
    ...changes,
  };
}

/** A small shop: three tables, one of them empty, every encoding, and names and texts that are hard to carry. */
export function sampleSnapshot(changes: Partial<SampleSnapshot> = {}): SampleSnapshot {
  return {
    header: sampleHeader(),
    schema: {
      prisma: 'model Product {\n  id Int @id\n}\n',
      definition: [{ kind: 'table', name: 'product', sql: 'CREATE TABLE "product" ("id" INTEGER)' }],
    },
    tables: [
      {
        table: sampleTable(
          'product',
          { id: 'integer', name: 'text', sold: 'boolean', photo: 'bytes', extra: 'cell' },
          { model: 'Product' },
        ),
        lines: [
          '[1,"Nail, 3\\" \\\\ \\u0000 \\n",true,"00fF",{"b":"DEADBEEF"}]',
          '[-9007199254740991,"žluťoučký 🐎 \u2028",false,"",{"i":"9223372036854775807"}]',
          '[null,null,null,null,null]',
          '[0,"",true,null,{"r":"-0.0"}]',
          '[7,"]}",false,null,1.5e-7]',
        ],
      },
      { table: sampleTable('__proto__', { constructor: 'cell' as const }), lines: [] },
      {
        table: sampleTable('line\n"item"; --', { 'a,b': 'text' }, { schema: 'sales' }),
        lines: ['["{\\"end\\":{\\"offset\\":\\"0\\"}}"]', '["[]"]'],
      },
    ],
    sequences: [
      {
        schema: null,
        name: 'product_id_seq',
        feeds: { table: { schema: null, name: 'product' }, column: 'id' },
        lastValue: '9223372036854775807',
        isCalled: true,
        increment: '1',
      },
    ],
    ...changes,
  };
}

/** Row lines as a database hands them out. */
export async function* rowsOf(lines: readonly string[], rowsPerChunk = 1000): AsyncGenerator<RowChunk> {
  for (let start = 0; start < lines.length; start += rowsPerChunk) {
    const part = lines.slice(start, start + rowsPerChunk);
    yield { bytes: Buffer.from(part.map((line) => `${line}\n`).join('')), rows: part.length };
  }
}

/** The lines of a row source. */
export async function linesOf(rows: RowSource): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of rows) {
    const part = chunk.bytes.toString('utf8').split('\n');
    if (part.pop() !== '' || part.length !== chunk.rows) throw new Error('a chunk is not whole lines');
    lines.push(...part);
  }
  return lines;
}

export interface MadeSnapshot {
  readonly bytes: Buffer;
  readonly written: WrittenSnapshot;
}

/** The bytes that the writer makes of a snapshot. */
export async function makeSnapshot(sample: SampleSnapshot, form: Form): Promise<MadeSnapshot> {
  const parts: Buffer[] = [];
  const sink = async (bytes: Buffer): Promise<void> => void parts.push(Buffer.from(bytes));
  const writer = new SnapshotWriter(sink, { compressionLevel: form === '.json' ? null : 6 });
  await writer.begin(sample.header, sample.schema);
  for (const { table, lines } of sample.tables) await writer.addTable(table, rowsOf(lines));
  const written = await writer.finish(sample.sequences);
  return { bytes: Buffer.concat(parts), written };
}

export async function saveSnapshot(
  filePath: string,
  sample: SampleSnapshot,
  form: Form,
): Promise<WrittenSnapshot> {
  const { bytes, written } = await makeSnapshot(sample, form);
  await writeFile(filePath, bytes);
  return written;
}

/** Everything that a snapshot file holds, by the reader. */
export async function loadSnapshot(filePath: string, unlock?: Unlock): Promise<SampleSnapshot> {
  const file = await openSnapshotFile(filePath, unlock);
  try {
    const tables: SampleTable[] = [];
    for (const entry of file.manifest.tables) tables.push(await loadTable(file, entry));
    return { header: file.header, schema: file.schema, tables, sequences: file.manifest.sequences };
  } finally {
    await file.close();
  }
}

async function loadTable(file: SnapshotFile, entry: TableEntry): Promise<SampleTable> {
  return { table: await file.tableHead(entry), lines: await linesOf(file.rows(entry)) };
}

/** The stretches of a snapshot file: its blocks, the manifest, the end line. */
export function takeApart(bytes: Buffer, manifest: Manifest): Buffer[] {
  const form = formOf(bytes);
  const end = bytes.length - tailOf({ isCompressed: form !== '.json' }).bytes;
  const last = manifest.blocks.at(-1)!;
  const blocks = manifest.blocks.map((block) => bytes.subarray(block.offset, block.offset + block.bytes));
  return [...blocks, bytes.subarray(last.offset + last.bytes, end), bytes.subarray(end)];
}

function formOf(bytes: Buffer): Form {
  return bytes[0] === 0x1f ? '.json.gz' : '.json';
}

export interface ForgedBlock {
  readonly text: string | Buffer;
  readonly rows?: number;
  /** What stands in the file in place of the text. */
  readonly stored?: Buffer;
}

export interface Forgery {
  readonly blocks: readonly ForgedBlock[];
  /** What is to stand in the manifest, which fits the blocks before that. */
  readonly alter?: (manifest: ForgedManifest) => unknown;
  /** The text of the manifest's block, made of the JSON of the manifest. */
  readonly manifestText?: (json: string) => string;
}

/** The manifest as JSON, to be altered. */
export interface ForgedManifest {
  rows: number;
  tables: Record<string, unknown>[];
  sequences: unknown[];
  blocks: BlockEntry[];
}

/** The blocks of a snapshot whose every table has one block; texts may be replaced. */
export function forgeBlocks(sample: SampleSnapshot): { text: string; rows: number }[] {
  const head = `{"format":"holdfast-snapshot","version":1,"header":${JSON.stringify(sample.header)},\n`;
  const tables = sample.tables.map(({ table, lines }, index) => ({
    text: `${index === 0 ? '' : ','}{"table":${JSON.stringify(table)},"rows":[\n${lines.join('\n,')}${lines.length > 0 ? '\n' : ''}]}\n`,
    rows: lines.length,
  }));
  return [{ text: `${head}"schema":${JSON.stringify(sample.schema)},\n"tables":[\n`, rows: 0 }, ...tables];
}

/** A snapshot made by somebody who means harm: every checksum fits, whatever the content. */
export function forgeSnapshot(sample: SampleSnapshot, form: Form, forgery: Forgery): Buffer {
  const stored = forgery.blocks.map((block) => block.stored ?? store(Buffer.from(block.text), form));
  let offset = 0;
  const blocks = forgery.blocks.map((block, index): BlockEntry => {
    const bytes = stored[index]!;
    offset += bytes.length;
    const textBytes = Buffer.byteLength(block.text);
    const { rows = 0 } = block;
    return { offset: offset - bytes.length, bytes: bytes.length, textBytes, rows, sha256: sha256(bytes) };
  });
  const tables = sample.tables.map(({ table: { schema, name, model }, lines }, index) => {
    const text = lines.map((line) => `${line}\n`).join('');
    const [rows, bytes] = [lines.length, Buffer.byteLength(text)];
    return { schema, name, model, rows, bytes, sha256: sha256(text), firstBlock: index + 1, blocks: 1 };
  });
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const manifest = { rows, tables, sequences: [...sample.sequences], blocks };
  const json = JSON.stringify(forgery.alter?.(structuredClone(manifest)) ?? manifest);
  const text = forgery.manifestText?.(json) ?? `],\n"manifest":${json},\n`;
  const manifestBytes = store(Buffer.from(text), form);
  return Buffer.concat([...stored, manifestBytes, endOf(manifestBytes, offset, form)]);
}

/** What a block of this text looks like in the file. */
export function store(text: Buffer, form: Form): Buffer {
  return form === '.json' ? text : gzipSync(text);
}

/** The end of a snapshot whose manifest is these bytes at this offset. */
export function endOf(manifest: Buffer, offset: number, form: Form): Buffer {
  const line = formatEndLine({ offset, bytes: manifest.length, sha256: sha256(manifest) });
  return form === '.json' ? line : storeEndLine(line);
}

function sha256(content: string | Buffer): string {
  return hash('sha256', content);
}
