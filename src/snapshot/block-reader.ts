import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, type InputType, type ZlibOptions } from 'node:zlib';
import { AppError } from '../errors.ts';
import type { ByteSource } from '../util/byte-source.ts';
import type { ManifestPlace } from './end-line.ts';
import type { BlockEntry } from './manifest.ts';

/** With `info` the promise gives the engine too, which knows how much of the input it used. */
const inflate = promisify(gunzip) as unknown as (
  bytes: InputType,
  options: ZlibOptions & { info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>;

/** About 1.5 million blocks: a snapshot of more than a terabyte of text. */
const maxManifestText = 2 ** 28;

/** Reads stretches of a snapshot document and checks each against what is said of it before it is used. */
export class BlockReader {
  readonly isCompressed: boolean;
  readonly #source: ByteSource;

  constructor(source: ByteSource, isCompressed: boolean) {
    this.#source = source;
    this.isCompressed = isCompressed;
  }

  /** As `ByteSource.read`. */
  readStored(offset: number, bytes: number): Promise<Buffer> {
    return this.#source.read(offset, bytes);
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

/**
 * The text of `stored`, which is gzip to its last byte and holds no more than `maxBytes`.
 *
 * @throws AppError SNAPSHOT.CONTENT
 */
export async function inflateMember(stored: Buffer, maxBytes: number): Promise<Buffer> {
  // zlib refuses a limit of zero. Output that fills its buffer to the last byte would ask for another one.
  const limits = {
    maxOutputLength: Math.max(maxBytes, 1),
    chunkSize: Math.min(maxBytes, 1 << 20) + 64,
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
