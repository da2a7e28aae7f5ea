import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Store, StoredObject, UploadSource } from '../../src/ports/store.ts';
import { StoreError } from '../../src/storage/store-error.ts';
import { isStoredName } from '../../src/storage/stored-name.ts';

/** A store in memory, for tests of what stands above stores. */
export interface MemoryStore extends Store {
  /** By name; a test may look, spoil and remove. */
  readonly objects: Map<string, Buffer>;
}

export function createMemoryStore(name = 'memory'): MemoryStore {
  const objects = new Map<string, Buffer>();
  const describe = (key: string, content: Buffer): StoredObject => ({
    name: key,
    bytes: content.length,
    modified: '2026-01-01T00:00:00.000Z',
    digests: { sha256: hash('sha256', content) },
  });
  return {
    name,
    objects,
    async put(key, source, { signal, advance } = {}) {
      signal?.throwIfAborted();
      const content = await readWhole(source);
      signal?.throwIfAborted();
      const present = objects.get(key);
      if (present !== undefined && !present.equals(content)) {
        throw new StoreError('STORE.EXISTS', `Cannot store ${key} on ${name}: another object has the name`);
      }
      objects.set(key, content);
      advance?.(content.length);
      return describe(key, content);
    },
    async get(key, { start = 0, signal } = {}) {
      const content = objects.get(key);
      if (content === undefined) throw new StoreError('STORE.NOT_FOUND', `There is no ${key} on ${name}`);
      const stream = Readable.from(content.length === start ? [] : [content.subarray(start)]);
      signal?.addEventListener('abort', () => stream.destroy(signal.reason as Error));
      return stream;
    },
    list: async () =>
      [...objects].filter(([key]) => isStoredName(key)).map(([key, content]) => describe(key, content)),
    async stat(key) {
      const content = objects.get(key);
      return content === undefined ? null : describe(key, content);
    },
    async delete(key) {
      objects.delete(key);
    },
    quota: async () => null,
    close: async () => undefined,
  };
}

async function readWhole(source: UploadSource): Promise<Buffer> {
  const content = await buffer(source.open({ start: 0, end: source.bytes }));
  if (content.length === source.bytes && hash('sha256', content) === source.sha256) return content;
  throw new StoreError('STORE.CHECKSUM', 'The bytes of the source are not those of its digests');
}
