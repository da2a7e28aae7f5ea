import { createDecipheriv } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { ByteSource } from '../util/byte-source.ts';

const chunkBytes = 65_536;
const tagBytes = 16;
const storedChunkBytes = chunkBytes + tagBytes;

export interface PayloadPlace {
  readonly key: Buffer;
  /** Where the first chunk stands in the file. */
  readonly start: number;
}

/**
 * The payload of an age file (STREAM: chunks of 64 KiB, each authenticated with its number and with whether it is the
 * last), readable from any place.
 */
export class AgePayload implements ByteSource {
  readonly bytes: number;
  readonly #encrypted: ByteSource;
  readonly #key: Buffer;
  readonly #start: number;
  readonly #chunks: number;

  /** @throws AppError SNAPSHOT.TRUNCATED when no payload has such a length */
  constructor(encrypted: ByteSource, { key, start }: PayloadPlace) {
    const stored = encrypted.bytes - start;
    this.#chunks = Math.ceil(stored / storedChunkBytes);
    this.bytes = stored - this.#chunks * tagBytes;
    const inLast = this.bytes - (this.#chunks - 1) * chunkBytes;
    // Only a payload without any content has an empty chunk.
    if (stored < tagBytes || inLast < 0 || (inLast === 0 && this.#chunks > 1)) {
      throw new AppError('SNAPSHOT.TRUNCATED', `It was cut short: it has ${encrypted.bytes} bytes`);
    }
    this.#encrypted = encrypted;
    this.#key = key;
    this.#start = start;
  }

  async read(offset: number, bytes: number): Promise<Buffer> {
    if (offset + bytes > this.bytes) {
      throw new AppError('SNAPSHOT.TRUNCATED', `The encrypted document ends at byte ${this.bytes}`);
    }
    const first = Math.floor(offset / chunkBytes);
    const end = Math.max(first + 1, Math.ceil((offset + bytes) / chunkBytes));
    const from = this.#start + first * storedChunkBytes;
    const to = Math.min(this.#start + end * storedChunkBytes, this.#encrypted.bytes);
    const stored = await this.#encrypted.read(from, to - from);
    const chunks: Buffer[] = [];
    for (let index = first; index < end; index++) {
      const at = (index - first) * storedChunkBytes;
      chunks.push(this.#open(stored.subarray(at, at + storedChunkBytes), index));
    }
    return Buffer.concat(chunks)
      .subarray(offset - first * chunkBytes)
      .subarray(0, bytes);
  }

  #open(stored: Buffer, index: number): Buffer {
    const isLast = index === this.#chunks - 1;
    const decipher = createDecipheriv('chacha20-poly1305', this.#key, nonceOf(index, isLast), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(stored.subarray(-tagBytes));
    const content = decipher.update(stored.subarray(0, -tagBytes));
    try {
      decipher.final();
    } catch (cause) {
      throw notAuthentic(this.#start + index * storedChunkBytes, { isLast, cause });
    }
    return content;
  }
}

/** Eleven bytes of number, one that marks the last chunk. */
function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function notAuthentic(offset: number, { isLast, cause }: { isLast: boolean; cause: unknown }): AppError {
  const message = isLast
    ? `Its end, from byte ${offset}, is not as it was written: it was cut short, extended or changed`
    : `The 64 KiB from byte ${offset} are not as they were written`;
  return new AppError('SNAPSHOT.CHECKSUM', message, { cause });
}
