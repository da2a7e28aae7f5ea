import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError, describeError, systemCode } from '../errors.ts';
import { mapInOrder } from '../util/async.ts';
import { BlockReader } from './block-reader.ts';
import { diagnoseTail } from './damage.ts';
import {
  endLineBytes,
  type ManifestPlace,
  parseEndLine,
  parseStoredEndLine,
  storedEndLineBytes,
} from './end-line.ts';
import {
  checkVersion,
  formatName,
  parseHeader,
  parseSchemaSection,
  parseSnapshotTable,
  type SchemaSection,
  type SnapshotHeader,
  type SnapshotTable,
} from './header.ts';
import { asObject, asString, field, parseJson } from './json-shape.ts';
import { type Manifest, parseManifest, type TableEntry } from './manifest.ts';
import { stripCommas } from './row-strip.ts';
import type { RowChunk } from './rows.ts';
import { formatTableName, isSameTable } from './table.ts';

const lineFeed = 0x0a;
/** Blocks that are read and inflated ahead of the consumer. */
const readAhead = 3;

/**
 * Opens a snapshot and checks its frame: the end line, the manifest, that blocks fill the file to the last byte, and
 * the header. Rows are checked as they are read.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, FORMAT, VERSION, TRUNCATED, EXTENDED, CHECKSUM, CONTENT
 */
export async function openSnapshotFile(filePath: string): Promise<SnapshotFile> {
  const file = await openFile(filePath);
  try {
    return await SnapshotFile.read(file, filePath);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFile(filePath: string): Promise<FileHandle> {
  try {
    const file = await open(filePath, 'r');
    const { size } = await file.stat();
    if (size > 0) return file;
    await file.close();
    throw new AppError('SNAPSHOT.FORMAT', `Cannot read snapshot ${filePath}: the file is empty`);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (systemCode(error) === 'ENOENT') {
      throw new AppError('SNAPSHOT.NOT_FOUND', `There is no snapshot ${filePath}`, { hint: 'holdfast list' });
    }
    throw new AppError('FOLDER.IO', `Cannot read snapshot ${filePath}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** An open snapshot file whose frame has been checked. */
export class SnapshotFile {
  readonly path: string;
  readonly bytes: number;
  readonly header: SnapshotHeader;
  readonly schema: SchemaSection;
  readonly manifest: Manifest;
  readonly #file: FileHandle;
  readonly #blocks: BlockReader;

  private constructor(
    file: FileHandle,
    blocks: BlockReader,
    content: Omit<SnapshotFile, 'tableHead' | 'rows' | 'close'>,
  ) {
    this.path = content.path;
    this.bytes = content.bytes;
    this.header = content.header;
    this.schema = content.schema;
    this.manifest = content.manifest;
    this.#file = file;
    this.#blocks = blocks;
  }

  static async read(file: FileHandle, filePath: string): Promise<SnapshotFile> {
    try {
      const { size } = await file.stat();
      const isCompressed = await startsCompressed(file);
      const blocks = new BlockReader(file, isCompressed);
      const place = await readEndLine(blocks, { size, isCompressed });
      const manifest = await readManifest(blocks, place);
      const head = await blocks.readText(manifest.blocks[0]!);
      return new SnapshotFile(file, blocks, { path: filePath, bytes: size, manifest, ...parseHead(head) });
    } catch (error) {
      throw aboutFile(error, filePath);
    }
  }

  /** How a table's columns are written. */
  async tableHead(entry: TableEntry): Promise<SnapshotTable> {
    try {
      const text = await this.#blocks.readText(this.manifest.blocks[entry.firstBlock]!);
      return splitTableHead(text, entry).table;
    } catch (error) {
      throw aboutFile(error, this.path);
    }
  }

  /**
   * The rows of one table. Every block is checked before its rows are given out; counts and digest of the whole table
   * are checked at its end, so a consumer that acts on rows must be able to take that back.
   *
   * @throws AppError SNAPSHOT.CHECKSUM, CONTENT, TRUNCATED
   */
  async *rows(entry: TableEntry): AsyncGenerator<RowChunk> {
    const blocks = this.manifest.blocks.slice(entry.firstBlock, entry.firstBlock + entry.blocks);
    const digest = createHash('sha256');
    let bytes = 0;
    let rowsBefore = 0;
    let index = 0;
    try {
      for await (const text of mapInOrder(blocks, readAhead, (block) => this.#blocks.readText(block))) {
        const expected = blocks[index]!.rows;
        const chunk = chunkOf(text, entry, {
          isFirst: index === 0,
          isLast: index === blocks.length - 1,
          rowsBefore,
          expected,
        });
        rowsBefore += chunk.rows;
        digest.update(chunk.bytes);
        bytes += chunk.bytes.length;
        index++;
        if (chunk.rows > 0) yield chunk;
      }
      if (bytes !== entry.bytes || digest.digest('hex') !== entry.sha256) {
        throw new AppError(
          'SNAPSHOT.CHECKSUM',
          `The rows of ${formatTableName(entry)} are not those that were written`,
        );
      }
    } catch (error) {
      throw aboutFile(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function startsCompressed(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

async function readEndLine(
  blocks: BlockReader,
  { size, isCompressed }: { size: number; isCompressed: boolean },
): Promise<ManifestPlace> {
  const tailBytes = isCompressed ? storedEndLineBytes : endLineBytes;
  const tail = size < tailBytes ? null : await blocks.readStored(size - tailBytes, tailBytes);
  const place = tail === null ? null : parseTail(tail, isCompressed);
  if (place === null || place.offset + place.bytes !== size - tailBytes)
    throw await diagnoseTail(blocks, size, isCompressed);
  return place;
}

function parseTail(tail: Buffer, isCompressed: boolean): ManifestPlace | null {
  return isCompressed ? parseStoredEndLine(tail) : parseEndLine(tail);
}

async function readManifest(blocks: BlockReader, place: ManifestPlace): Promise<Manifest> {
  const text = await blocks.readManifest(place);
  const prefix = '],\n"manifest":';
  const content = text.toString('utf8');
  if (!content.startsWith(prefix) || !content.endsWith(',\n')) {
    throw new AppError('SNAPSHOT.CONTENT', 'The manifest is not where the end line says');
  }
  return parseManifest(parseJson(content.slice(prefix.length, -2), 'manifest'), place.offset);
}

/** The first block: the header line, the schema line, and the line that opens the tables. */
function parseHead(head: Buffer): { header: SnapshotHeader; schema: SchemaSection } {
  const [first = '', second = '', third, ...rest] = head.toString('utf8').split('\n');
  if (third !== '"tables":[' || rest.join('') !== '')
    throw new AppError('SNAPSHOT.CONTENT', 'The header is not complete');
  const document = asObject(parseJson(`${first.slice(0, -1)}}`, 'header'), 'header');
  if (asString(field(document, 'format'), 'format') !== formatName) {
    throw new AppError('SNAPSHOT.FORMAT', 'It is not a Holdfast snapshot');
  }
  checkVersion(document);
  const section = asObject(parseJson(`{${second.slice(0, -1)}}`, 'schema section'), 'schema section');
  return {
    header: parseHeader(field(document, 'header')),
    schema: parseSchemaSection(field(section, 'schema')),
  };
}

/** A table's first block: the line that describes it, then rows. */
function splitTableHead(text: Buffer, entry: TableEntry): { table: SnapshotTable; rows: Buffer } {
  const end = text.indexOf(lineFeed) + 1;
  const line = text.toString('utf8', text[0] === 0x2c ? 1 : 0, end);
  const suffix = ',"rows":[\n';
  if (!line.endsWith(suffix))
    throw new AppError('SNAPSHOT.CONTENT', `The description of ${formatTableName(entry)} is missing`);
  const document = asObject(parseJson(`${line.slice(0, -suffix.length)}}`, 'table'), 'table');
  const table = parseSnapshotTable(field(document, 'table'));
  if (!isSameTable(table, entry)) {
    throw new AppError(
      'SNAPSHOT.CONTENT',
      `The rows of ${formatTableName(entry)} are those of ${formatTableName(table)}`,
    );
  }
  return { table, rows: text.subarray(end) };
}

interface BlockPosition {
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly rowsBefore: number;
  readonly expected: number;
}

function chunkOf(text: Buffer, entry: TableEntry, position: BlockPosition): RowChunk {
  let rows = position.isFirst ? splitTableHead(text, entry).rows : text;
  if (position.isLast) {
    if (rows.toString('latin1', rows.length - 3) !== ']}\n') {
      throw new AppError('SNAPSHOT.CONTENT', `The rows of ${formatTableName(entry)} are not closed`);
    }
    rows = rows.subarray(0, rows.length - 3);
  }
  const chunk = stripCommas(rows, position.rowsBefore === 0);
  if (chunk.rows !== position.expected) {
    throw new AppError(
      'SNAPSHOT.CONTENT',
      `A block of ${formatTableName(entry)} does not hold the rows it states`,
    );
  }
  return chunk;
}

/** The same error, saying which file it is about. */
function aboutFile(error: unknown, filePath: string): unknown {
  if (!(error instanceof AppError) || error.message.includes(filePath)) return error;
  const reason = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const details = error.hint === undefined ? { cause: error } : { hint: error.hint, cause: error };
  return new AppError(error.code, `Cannot read snapshot ${filePath}: ${reason}`, details);
}
