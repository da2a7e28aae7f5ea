import path from 'node:path';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip, type Gzip } from 'node:zlib';
import { AppError, describeError } from '../errors.ts';
import { aboutFolder } from '../operations/folder-errors.ts';
import { exists, PartialFile } from '../util/atomic-file.ts';

/** Where an export goes. Exactly one of `finish` and `discard` ends it; `discard` is safe after `finish`. */
export interface ExportTarget {
  /** The absolute path of the file; null for a stream. */
  readonly path: string | null;
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** A stream, which is left open. A reader that has gone, or a full disk, is an error. */
export function toStream(stream: Writable, name: string): ExportTarget {
  return {
    path: null,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(notWritten(error, name)) : resolve()));
      }),
    async finish() {},
    async discard() {},
  };
}

function notWritten(error: Error, name: string): AppError {
  return new AppError('FOLDER.IO', `Cannot write the export to ${name}: ${describeError(error)}`, {
    hint: 'What was written is not complete; to write a file, whole or not at all, add -o <file>',
    cause: error,
  });
}

/**
 * A new file, which gets its name when it is complete and durable; gzipped where the name ends with `.gz`.
 *
 * @throws AppError EXPORT.EXISTS when there is something of that name, FOLDER.*
 */
export async function toFile(filePath: string): Promise<ExportTarget> {
  const folder = path.dirname(filePath);
  if (await exists(filePath)) throw taken(filePath);
  const partial = await about(folder, PartialFile.create(folder));
  const sink = filePath.endsWith('.gz') ? gzipInto(partial) : plainInto(partial);
  return {
    path: filePath,
    write: (bytes) => about(folder, sink.write(bytes)),
    async finish() {
      await about(folder, sink.end());
      await about(folder, partial.finish());
      const name = path.basename(filePath);
      try {
        await partial.publish([name]);
      } catch (error) {
        throw (await exists(filePath)) ? taken(filePath) : error;
      }
    },
    discard: () => partial.discard(),
  };
}

interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

function plainInto(partial: PartialFile): Sink {
  return { write: (bytes) => partial.write(bytes), async end() {} };
}

function gzipInto(partial: PartialFile): Sink {
  const gzip: Gzip = createGzip();
  const written = (async () => {
    for await (const bytes of gzip) await partial.write(bytes as Buffer);
  })();
  // Awaited by `end`; an earlier failure ends the stream, and with it the next write.
  written.catch(() => undefined);
  const write = promisify((bytes: Uint8Array, done: (error?: Error | null) => void) =>
    gzip.write(bytes, done),
  );
  return {
    write: (bytes) => Promise.race([write(bytes), written]),
    async end() {
      gzip.end();
      await written;
    },
  };
}

async function about<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw aboutFolder(error, folder);
  }
}

function taken(filePath: string): AppError {
  return new AppError('EXPORT.EXISTS', `Cannot write ${filePath}: there is something of that name`, {
    hint: 'Nothing is overwritten: remove it first, or give another name with -o',
  });
}
