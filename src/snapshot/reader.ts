import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError, describeError, systemCode } from '../errors.ts';
import { mapInOrder } from '../util/async.ts';
import { type ByteSource, FileBytes, type Unlock } from '../util/byte-source.ts';
import { BlockReader } from './block-reader.ts';
import { diagnoseTail, findNewerVersion } from './damage.ts';
import { type ManifestPlace, tailOf } from './end-line.ts';
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
const comma = 0x2c;
/** The longest description of a table: a block without rows holds no more. */
const maxLineBytes = 2 ** 28;
/** Blocks that are read and inflated ahead of the consumer. */
const readAhead = 3;
const gzipMark = Buffer.from([0x1f, 0x8b]);
/** How every age file begins. */
const encryptedMark = Buffer.from('age-encryption.org/v1\n');

/**
 * Opens a snapshot and checks its frame: the end line, the manifest, that blocks fill the file to the last byte, and
 * the header. Rows are checked as they are read.
 *
 * @param unlock opens an encrypted file; without it such a file is refused
 * @throws AppError SNAPSHOT.NOT_FOUND, FORMAT, VERSION, TRUNCATED, EXTENDED, CHECKSUM, CONTENT, ENCRYPTION.*
 */
export async function openSnapshotFile(filePath: string, unlock?: Unlock): Promise<SnapshotFile> {
  const file = await openFile(filePath);
  try {
    return await SnapshotFile.read(file, filePath, unlock);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFile(filePath: string): Promise<FileHandle> {
  try {
    return await open(filePath, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      throw new AppError('SNAPSHOT.NOT_FOUND', `There is no snapshot ${filePath}`, { hint: 'holdfast list' });
    }
    throw new AppError('FOLDER.IO', `Cannot read snapshot ${filePath}: ${describeError(error)}`, {
      hint: 'Give this user the file, or use another snapshot: holdfast list',
      cause: error,
    });
  }
}

async function sizeOf(file: FileHandle): Promise<number> {
  const stat = await file.stat();
  const hint = 'Use another copy or another snapshot: holdfast list';
  if (!stat.isFile()) throw new AppError('SNAPSHOT.FORMAT', 'It is not a file', { hint });
  if (stat.size === 0) throw new AppError('SNAPSHOT.FORMAT', 'The file is empty', { hint });
  return stat.size;
}

/** An open snapshot file whose frame has been checked. */
export class SnapshotFile {
  readonly path: string;
  /** Of the file as it is stored. */
  readonly bytes: number;
  readonly isEncrypted: boolean;
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
    this.isEncrypted = content.isEncrypted;
    this.header = content.header;
    this.schema = content.schema;
    this.manifest = content.manifest;
    this.#file = file;
    this.#blocks = blocks;
  }

  static async read(file: FileHandle, filePath: string, unlock?: Unlock): Promise<SnapshotFile> {
    try {
      const stored = new FileBytes(file, await sizeOf(file));
      const isEncrypted = await startsWith(stored, encryptedMark);
      const document = isEncrypted ? await decrypted(stored, unlock) : stored;
      const blocks = new BlockReader(document, await startsWith(document, gzipMark));
      const frame = await readFrame(blocks, document.bytes);
      return new SnapshotFile(file, blocks, { path: filePath, bytes: stored.bytes, isEncrypted, ...frame });
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

async function startsWith(source: ByteSource, mark: Buffer): Promise<boolean> {
  return source.bytes >= mark.length && (await source.read(0, mark.length)).equals(mark);
}

async function decrypted(encrypted: ByteSource, unlock: Unlock | undefined): Promise<ByteSource> {
  if (unlock !== undefined) return unlock(encrypted);
  throw new AppError('ENCRYPTION.IDENTITY_MISSING', 'It is encrypted, and no key was given', {
    hint: 'Name the identity file with --identity <file> or BACKUP_ENCRYPTION_IDENTITY; a passphrase with --passphrase-file <file>',
  });
}

type Frame = Pick<SnapshotFile, 'header' | 'schema' | 'manifest'>;

async function readFrame(blocks: BlockReader, size: number): Promise<Frame> {
  const place = await readEndLine(blocks, size);
  try {
    const manifest = await readManifest(blocks, place);
    return { manifest, ...parseHead(await blocks.readText(manifest.blocks[0]!)) };
  } catch (error) {
    const isOtherwise = error instanceof AppError && error.code === 'SNAPSHOT.CONTENT';
    throw (isOtherwise ? await findNewerVersion(blocks, size) : null) ?? error;
  }
}

async function readEndLine(blocks: BlockReader, size: number): Promise<ManifestPlace> {
  const { bytes, parse } = tailOf(blocks);
  const place = size < bytes ? null : parse(await blocks.readStored(size - bytes, bytes));
  if (place === null || place.offset + place.bytes !== size - bytes) throw await diagnoseTail(blocks, size);
  return place;
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
  const text = head.toString('utf8');
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[2] !== '"tables":[' || lines[3] !== '')
    throw new AppError('SNAPSHOT.CONTENT', 'The header is not complete');
  const document = asObject(parseJson(`${text}]}`, 'header'), 'header');
  if (asString(field(document, 'format'), 'format') !== formatName) {
    throw new AppError('SNAPSHOT.FORMAT', 'It is not a Holdfast snapshot');
  }
  checkVersion(document);
  return {
    header: parseHeader(field(document, 'header')),
    schema: parseSchemaSection(field(document, 'schema')),
  };
}

/** A table's first block: the line that describes it, then rows. */
function splitTableHead(text: Buffer, entry: TableEntry): { table: SnapshotTable; rows: Buffer } {
  const end = text.indexOf(lineFeed) + 1;
  const hasComma = text[0] === comma;
  const line = text.toString('utf8', hasComma ? 1 : 0, Math.min(end, maxLineBytes));
  const suffix = ',"rows":[\n';
  if (!line.endsWith(suffix) || hasComma !== entry.firstBlock > 1)
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
