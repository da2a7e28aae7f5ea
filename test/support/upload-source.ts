import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { UploadMemory, UploadSource } from '../../src/ports/store.ts';

const chunkBytes = 64 * 1024;

/** Bytes in memory as something to be stored; `claims` may say something else of them than is true. */
export function sourceOf(content: Uint8Array, claims: Partial<UploadSource> = {}): UploadSource {
  return {
    bytes: content.length,
    sha256: hash('sha256', content),
    md5: hash('md5', content),
    open: ({ start, end }) => Readable.from(chunksOf(content.subarray(start, end))),
    ...claims,
  };
}

function* chunksOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes);
}

/** Bytes that do not repeat and are the same in every run. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A memory of an upload that lasts as long as the test. */
export function uploadMemory(): UploadMemory & { text: string | null } {
  return {
    text: null,
    async read() {
      return this.text;
    },
    async write(text) {
      this.text = text;
    },
    async forget() {
      this.text = null;
    },
  };
}
