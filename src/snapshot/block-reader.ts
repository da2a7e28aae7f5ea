import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, type InputType, type ZlibOptions } from 'node:zlib';
import { AppError, describeError } from '../errors.ts';
import type { ManifestPlace } from './end-line.ts';
import type { BlockEntry } from './manifest.ts';

/** With `info` the promise gives the engine too, which knows how much of the input it used. */
const inflate = promisify(gunzip) as unknown as (
  bytes: InputType,
  options: ZlibOptions & { info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>;

/** About 1.5 million blocks: a snapshot of more than a terabyte of text. */
const maxManifestText = 2 ** 28;

/** Reads stretches of an open snapshot file and checks each against what is said of it before it is used. */
export class BlockReader {
  readonly isCompressed: boolean;
  readonly #file: FileHandle;

  constructor(file: FileHandle, isCompressed: boolean) {
    this.#file = file;
    this.isCompressed = isCompressed;
  }

  /**
   * All of `bytes` bytes at `offset`.
   *
   * @throws AppError SNAPSHOT.TRUNCATED, and FOLDER.IO when the system cannot read them
   */
  async readStored(offset: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(bytes);
    let length = 0;
    while (length < bytes) {
      const bytesRead = await this.#read(buffer, length, offset + length);
      if (bytesRead === 0)
        throw new AppError('SNAPSHOT.TRUNCATED', `The file ends at byte ${offset + length}`);
      length += bytesRead;
    }
    return buffer;
  }

  async #read(buffer: Buffer, from: number, offset: number): Promise<number> {
    try {
      return (await this.#file.read(buffer, from, buffer.length - from, offset)).bytesRead;
    } catch (cause) {
      const message = `The file cannot be read at byte ${offset}: ${describeError(cause)}`;
      throw new AppError('FOLDER.IO', message, { cause });
    }
  }

  /**
   * The text of a block.
   *
   * @throws AppError SNAPSHOT.CHECKSUM when its stored bytes are not those that were written
   */
  async readText(block: Omit<BlockEntry, 'rows'>): Promise<Buffer> {
    const stored = await this.readStored(block.offset, block.bytes);
    if (hash('sha256', stored) !== block.sha256) {
      throw new AppError(
        'SNAPSHOT.CHECKSUM',
        `The checksum of bytes ${block.offset} to ${block.offset + block.bytes - 1} differs`,
      );
    }
    return this.#inflateBlock(stored, block.textBytes);
  }

  /** The text of the manifest, whose length only its stored form bounds. */
  async readManifest(place: ManifestPlace): Promise<Buffer> {
    if (place.bytes > maxManifestText) {
      throw new AppError('SNAPSHOT.CONTENT', `The manifest claims ${place.bytes} bytes`);
    }
    const stored = await this.readStored(place.offset, place.bytes);
    if (hash('sha256', stored) !== place.sha256) {
      throw new AppError(
        'SNAPSHOT.CHECKSUM',
        `The checksum of the manifest (at byte ${place.offset}) differs`,
      );
    }
    return this.isCompressed ? inflateMember(stored, maxManifestText) : stored;
  }

  /** Gzip to its last byte that holds exactly `textBytes` bytes. */
  async #inflateBlock(stored: Buffer, textBytes: number): Promise<Buffer> {
    if (!this.isCompressed) {
      if (stored.length !== textBytes) throw notAsStated();
      return stored;
    }
    const text = await inflateMember(stored, textBytes);
    if (text.length !== textBytes) throw notAsStated();
    return text;
  }
}

/** The text of `stored`, which is gzip to its last byte and holds no more than `maxBytes`. */
async function inflateMember(stored: Buffer, maxBytes: number): Promise<Buffer> {
  // zlib refuses a limit of zero, and output buffers below 64 bytes.
  const limits = {
    maxOutputLength: Math.max(maxBytes, 1),
    chunkSize: Math.max(64, Math.min(maxBytes, 1 << 20)),
  };
  try {
    const { buffer, engine } = await inflate(stored, { ...limits, info: true });
    if (engine.bytesWritten !== stored.length) throw notAsStated();
    return buffer;
  } catch (cause) {
    throw cause instanceof AppError ? cause : notAsStated(cause);
  }
}

function notAsStated(cause?: unknown): AppError {
  return new AppError('SNAPSHOT.CONTENT', 'A block does not hold the text that its entry states', { cause });
}
