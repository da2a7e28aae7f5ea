import type { Hash } from 'node:crypto';
import { createHash, hash } from 'node:crypto';
import type { UploadSource } from '../ports/store.ts';
import { StoreError } from './store-error.ts';

/** Digests of what a source has given so far, against what it says of itself. */
export class SourceCheck {
  readonly #source: UploadSource;
  readonly #sha256: Hash = createHash('sha256');
  readonly #md5: Hash = createHash('md5');
  #bytes = 0;

  constructor(source: UploadSource) {
    this.#source = source;
  }

  add(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#md5.update(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#source.bytes) throw changed();
  }

  /** @throws StoreError STORE.CHECKSUM */
  end(): void {
    const { bytes, sha256, md5 } = this.#source;
    if (this.#bytes !== bytes || this.#sha256.digest('hex') !== sha256 || this.#md5.digest('hex') !== md5)
      throw changed();
  }
}

function changed(): StoreError {
  return new StoreError(
    'STORE.CHECKSUM',
    'The file is not what its checksum says: it was changed while it was read, or is damaged',
    {
      hint: 'holdfast validate backup <snapshot> says more',
    },
  );
}

/** The chunks of the whole source, which must be what it says of itself. */
export async function* readChecked(source: UploadSource): AsyncGenerator<Uint8Array> {
  const check = new SourceCheck(source);
  for await (const chunk of source.open({ start: 0, end: source.bytes }) as AsyncIterable<Uint8Array>) {
    check.add(chunk);
    yield chunk;
  }
  check.end();
}

/** A stretch of a source in memory. */
export async function readPart(
  source: UploadSource,
  range: { readonly start: number; readonly end: number },
): Promise<Buffer> {
  const part = Buffer.allocUnsafe(range.end - range.start);
  let length = 0;
  for await (const chunk of source.open(range) as AsyncIterable<Uint8Array>) {
    if (length + chunk.length > part.length) throw changed();
    part.set(chunk, length);
    length += chunk.length;
  }
  if (length !== part.length) throw changed();
  return part;
}

/** Base64 of a digest, as HTTP headers take it. */
export function base64Digest(algorithm: 'md5' | 'sha256', bytes: Uint8Array): string {
  return hash(algorithm, bytes, 'base64');
}

/** Whether a stored object has the bytes of the source, read from the store where its digests do not say. */
export async function holdsSource(
  source: UploadSource,
  stored: { readonly bytes: number; readonly digests: { readonly md5?: string; readonly sha256?: string } },
  read: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<boolean> {
  const { bytes, digests } = stored;
  if (bytes !== source.bytes) return false;
  if (digests.sha256 !== undefined) return digests.sha256 === source.sha256;
  if (digests.md5 !== undefined) return digests.md5 === source.md5;
  const digest = createHash('sha256');
  for await (const chunk of await read()) digest.update(chunk);
  return digest.digest('hex') === source.sha256;
}

/** The refusal to replace one object by another. */
export function nameTaken(name: string, store: string): StoreError {
  return new StoreError(
    'STORE.EXISTS',
    `Cannot store ${name} on ${store}: another file of that name is there`,
    {
      hint: 'Nothing was replaced. Look at both with holdfast sync status, and delete the wrong one by hand',
    },
  );
}
