import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A private file without a name: it is unlinked as soon as it is open, so that nothing of it outlives the process,
 * however that ends.
 */
export class ScratchFile {
  readonly #descriptor: number;
  #length = 0;

  constructor() {
    const filePath = path.join(tmpdir(), `holdfast-${randomBytes(8).toString('hex')}.scratch`);
    this.#descriptor = openSync(filePath, 'wx+', 0o600);
    unlinkSync(filePath);
  }

  /** @returns the offset at which the bytes now stand */
  append(bytes: Uint8Array): number {
    const offset = this.#length;
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written, offset + written);
    }
    this.#length += bytes.length;
    return offset;
  }

  /** Fills `target` with what stands at `offset`. */
  read(target: Uint8Array, offset: number): void {
    let length = 0;
    while (length < target.length) {
      const count = readSync(this.#descriptor, target, length, target.length - length, offset + length);
      if (count === 0) throw new Error('a scratch file is shorter than what was written to it');
      length += count;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
