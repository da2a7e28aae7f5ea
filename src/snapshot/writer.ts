import { createHash } from 'node:crypto';
import { BlockWriter, type Sink } from './block-writer.ts';
import { formatEndLine, storeEndLine } from './end-line.ts';
import {
  formatName,
  formatVersion,
  type SchemaSection,
  type SnapshotHeader,
  type SnapshotTable,
} from './header.ts';
import type { Manifest, TableEntry } from './manifest.ts';
import { RowPacker } from './row-packer.ts';
import type { RowSource } from './rows.ts';
import { formatTableName, type SequenceState } from './table.ts';

export interface WriterOptions {
  /** 1 to 9, or null for a plain `.json`. */
  readonly compressionLevel: number | null;
}

export interface WrittenSnapshot {
  readonly manifest: Manifest;
  readonly bytes: number;
  /** Of the whole file. */
  readonly sha256: string;
}

/**
 * Writes one snapshot document (docs/FORMAT.md) to a sink, front to back: `begin`, then `addTable` for each table,
 * then `finish`. Each compressed block that it hands to the sink was decoded again. Memory does not depend on the
 * number of rows.
 */
export class SnapshotWriter {
  readonly #blocks: BlockWriter;
  readonly #tables: TableEntry[] = [];
  readonly #isCompressed: boolean;

  constructor(sink: Sink, options: WriterOptions) {
    this.#blocks = new BlockWriter(sink, options.compressionLevel);
    this.#isCompressed = options.compressionLevel !== null;
  }

  async begin(header: SnapshotHeader, schema: SchemaSection): Promise<void> {
    const head = `{"format":"${formatName}","version":${formatVersion},"header":${JSON.stringify(header)},\n`;
    await this.#blocks.add(Buffer.from(`${head}"schema":${JSON.stringify(schema)},\n"tables":[\n`), 0);
  }

  /** @returns the table's entry in the manifest */
  async addTable(table: SnapshotTable, rows: RowSource): Promise<TableEntry> {
    const { schema, name, model } = table;
    const separator = this.#tables.length === 0 ? '' : ',';
    this.#blocks.beginTable();
    const packer = new RowPacker(this.#blocks, formatTableName(table));
    const firstBlock = this.#blocks.count;
    const digest = createHash('sha256');
    let rowCount = 0;
    let bytes = 0;
    await packer.addLine(Buffer.from(`${separator}{"table":${JSON.stringify(table)},"rows":[\n`));
    for await (const chunk of rows) {
      digest.update(chunk.bytes);
      rowCount += chunk.rows;
      bytes += chunk.bytes.length;
      await packer.addRows(chunk);
      chunk.release?.();
    }
    await packer.addLine(Buffer.from(']}\n'));
    await packer.flush();
    const blocks = this.#blocks.count - firstBlock;
    const entry = {
      schema,
      name,
      model,
      rows: rowCount,
      bytes,
      sha256: digest.digest('hex'),
      firstBlock,
      blocks,
    };
    this.#tables.push(entry);
    return entry;
  }

  async finish(sequences: readonly SequenceState[]): Promise<WrittenSnapshot> {
    await this.#blocks.drain();
    const rows = this.#tables.reduce((sum, table) => sum + table.rows, 0);
    const manifest = { rows, tables: this.#tables, sequences, blocks: [...this.#blocks.blocks] };
    await this.#blocks.add(Buffer.from(`],\n"manifest":${JSON.stringify(manifest)},\n`), 0);
    await this.#blocks.drain();
    const { offset, bytes, sha256 } = this.#blocks.blocks.at(-1)!;
    const end = formatEndLine({ offset, bytes, sha256 });
    await this.#blocks.writeRaw(this.#isCompressed ? storeEndLine(end) : end);
    return { manifest, bytes: this.#blocks.offset, sha256: this.#blocks.digest() };
  }
}
