import type { FileHandle } from 'node:fs/promises';
import { AppError, describeError } from '../errors.ts';

/** Bytes that can be read from any place. */
export interface ByteSource {
  readonly bytes: number;
  /**
   * All of `bytes` bytes at `offset`.
   *
   * @throws AppError SNAPSHOT.TRUNCATED, and FOLDER.IO when the system cannot read them
   */
  read(offset: number, bytes: number): Promise<Buffer>;
}

/**
 * The content of an encrypted file. Whatever it gives out has been authenticated, together with its place in the file;
 * that nothing is missing at the end is known as soon as the last byte has been read.
 *
 * @throws AppError ENCRYPTION.WRONG_IDENTITY, ENCRYPTION.KEY, SNAPSHOT.CHECKSUM, SNAPSHOT.TRUNCATED
 */
export type Unlock = (encrypted: ByteSource) => Promise<ByteSource>;

/** The bytes of an open file. */
export class FileBytes implements ByteSource {
  readonly bytes: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, bytes: number) {
    this.#file = file;
    this.bytes = bytes;
  }

  async read(offset: number, bytes: number): Promise<Buffer> {
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
}
