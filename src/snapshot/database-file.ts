import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { AppError, describeError, systemCode } from '../errors.ts';
import { databaseFileMark, isDatabaseFileHead, makeGzipHead, readGzipHead } from './gzip-head.ts';
import { parseHeader, type SnapshotHeader } from './header.ts';
import { asCount, asList, asNullable, asObject, asSha256, asString, field, parseJson } from './json-shape.ts';

const hint = 'Use another copy or another snapshot: holdfast list';
const maxHeadBytes = 1 << 26;
const stepBytes = 1 << 20;

export interface FileTable {
  readonly name: string;
  readonly model: string | null;
  readonly rows: number;
}

/** What is known of a snapshot that is a whole database file: it stands at the head of that, and holds no rows. */
export interface FileHeader extends Omit<SnapshotHeader, 'kind'> {
  readonly kind: 'file';
  readonly tables: readonly FileTable[];
  /** Of the database file itself. */
  readonly content: { readonly bytes: number; readonly sha256: string };
}

export type Sink = (bytes: Buffer) => Promise<void>;

/**
 * Writes a database file as a snapshot: its description as the comment of an empty gzip member, then the file gzipped,
 * so that `gunzip` gives the file itself.
 */
export async function writeDatabaseFile(
  source: string,
  { header, level, sink }: { readonly header: FileHeader; readonly level: number; readonly sink: Sink },
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const digest = createHash('sha256');
  let bytes = 0;
  const write = async (piece: Buffer): Promise<void> => {
    digest.update(piece);
    bytes += piece.length;
    await sink(piece);
  };
  await write(makeGzipHead(commentOf(header)));
  const gzip = createGzip({ level, chunkSize: stepBytes });
  await pour(createReadStream(source, { highWaterMark: stepBytes }), gzip, write);
  return { bytes, sha256: digest.digest('hex') };
}

/** ASCII: a comment is one of bytes, and ends with a NUL. */
function commentOf(header: FileHeader): string {
  const text = JSON.stringify(header).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${databaseFileMark}${hash('sha256', text)} ${text}`;
}

/**
 * The description at the head of a snapshot that is a whole database file; null when the file is none.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, TRUNCATED, CHECKSUM, CONTENT
 */
export async function readFileHeader(filePath: string): Promise<FileHeader | null> {
  const file = await openFile(filePath);
  try {
    const found = readGzipHead(await readHead(file));
    return found === null ? null : parseComment(found.comment);
  } catch (error) {
    throw aboutFile(error, filePath);
  } finally {
    await file.close();
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
      hint,
      cause: error,
    });
  }
}

/** As much as the comment can need; nearly all are read with the first step. */
async function readHead(file: FileHandle): Promise<Buffer> {
  let head = Buffer.alloc(0);
  for (;;) {
    const piece = Buffer.allocUnsafe(1 << 16);
    const { bytesRead } = await file.read(piece, 0, piece.length, head.length);
    head = Buffer.concat([head, piece.subarray(0, bytesRead)]);
    const isMarked = isDatabaseFileHead(head);
    const hasEnd = isMarked && head.includes('}\0');
    if (!isMarked || hasEnd || bytesRead === 0 || head.length > maxHeadBytes) return head;
  }
}

function parseComment(comment: string): FileHeader {
  const [, sha256, text] = /^\S+ \S+ ([0-9a-f]{64}) (.*)$/s.exec(comment) ?? [];
  if (text === undefined || hash('sha256', text) !== sha256) {
    throw new AppError('SNAPSHOT.CHECKSUM', 'The description at the head of the file is damaged', { hint });
  }
  const object = asObject(parseJson(text, 'header'), 'header');
  const kind = asString(field(object, 'kind'), "header's kind");
  if (kind !== 'file')
    throw new AppError('SNAPSHOT.VERSION', `It is of an unknown kind: ${kind}`, {
      hint: 'Update Holdfast: npm install holdfast@latest',
    });
  const content = asObject(field(object, 'content'), "header's content");
  return {
    ...parseHeader({ ...object, kind: 'full' }),
    kind,
    tables: asList(field(object, 'tables'), parseTable, "header's tables"),
    content: {
      bytes: asCount(field(content, 'bytes'), "content's bytes"),
      sha256: asSha256(field(content, 'sha256'), "content's sha256"),
    },
  };
}

function parseTable(value: unknown, place: string): FileTable {
  const table = asObject(value, place);
  return {
    name: asString(field(table, 'name'), `${place}.name`),
    model: asNullable(field(table, 'model'), asString, `${place}.model`),
    rows: asCount(field(table, 'rows'), `${place}.rows`),
  };
}

/**
 * Gives out the database file that a snapshot holds, and checks it: every byte is counted in its length and SHA-256.
 *
 * @throws AppError SNAPSHOT.CHECKSUM, TRUNCATED, CONTENT, FOLDER.IO; what was given out must not be used then
 */
export async function readDatabaseFile(filePath: string, header: FileHeader, sink: Sink): Promise<void> {
  const digest = createHash('sha256');
  let bytes = 0;
  try {
    const stored = createReadStream(filePath, { highWaterMark: stepBytes });
    await pour(stored, createGunzip({ chunkSize: stepBytes }), async (piece) => {
      bytes += piece.length;
      if (bytes > header.content.bytes)
        throw new AppError('SNAPSHOT.CONTENT', 'It holds more than it states', { hint });
      digest.update(piece);
      await sink(piece);
    });
    if (bytes !== header.content.bytes || digest.digest('hex') !== header.content.sha256) {
      throw new AppError('SNAPSHOT.CHECKSUM', 'The database in it is not the one that was written', { hint });
    }
  } catch (error) {
    throw aboutFile(fromGunzip(error), filePath);
  }
}

/** As `pipeline`, which says that it was aborted where the sink fails: here that is thrown which the sink threw. */
async function pour(source: Readable, through: Duplex, sink: Sink): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const give = async (piece: Buffer): Promise<void> => {
    try {
      await sink(piece);
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  try {
    await pipeline(source, through, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) await give(piece);
    });
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  }
}

function fromGunzip(error: unknown): unknown {
  const code = systemCode(error) ?? '';
  if (code === 'Z_BUF_ERROR')
    return new AppError('SNAPSHOT.TRUNCATED', 'It was cut short', { hint, cause: error });
  if (!code.startsWith('Z_')) return error;
  return new AppError('SNAPSHOT.CHECKSUM', `It is damaged: ${describeError(error)}`, { hint, cause: error });
}

function aboutFile(error: unknown, filePath: string): unknown {
  if (!(error instanceof AppError) || error.message.includes(filePath)) return error;
  const reason = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return new AppError(error.code, `Cannot read snapshot ${filePath}: ${reason}`, {
    hint: error.hint ?? hint,
    cause: error,
  });
}
