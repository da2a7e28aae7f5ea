import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store, UploadSource } from '../../src/ports/store.ts';
import { someBytes, sourceOf, uploadMemory } from './upload-source.ts';

/** A store to hold against its contract, in an empty place of its own. */
export interface StoreBench {
  readonly store: Store;
  /** A size that takes more than one request, or more than one chunk. */
  readonly largeBytes: number;
  /** So many objects need more than one page of a listing. */
  readonly manyObjects: number;
  /** Puts something that is none of Holdfast's into the same place; true when it is still there. */
  plantForeign(): Promise<() => Promise<boolean>>;
  close(): Promise<void>;
}

/** The contract of `ports/store.ts`, which every store has to pass. */
export function describeStore(label: string, open: () => Promise<StoreBench>): void {
  describe(`${label} as a store`, () => {
    let bench: StoreBench;
    let store: Store;
    let count = 0;
    const newName = (): string => `contract-${++count}.json.gz`;

    beforeAll(async () => {
      bench = await open();
      store = bench.store;
    });
    afterAll(async () => {
      await store?.close();
      await bench?.close();
    });

    async function read(name: string, start?: number): Promise<Buffer> {
      return buffer(await store.get(name, start === undefined ? {} : { start }));
    }

    async function expectAbsent(name: string): Promise<void> {
      expect(await store.stat(name)).toBeNull();
      expect((await store.list()).map((one) => one.name)).not.toContain(name);
    }

    describe('put', () => {
      it.each([0, 1, 4096, 70_001])('keeps %i bytes exactly', async (length) => {
        const [name, content] = [newName(), someBytes(length)];
        expect(await store.put(name, sourceOf(content))).toMatchObject({ name, bytes: length });
        expect((await read(name)).equals(content)).toBe(true);
        expect(await store.stat(name)).toMatchObject({ name, bytes: length });
      });

      it('keeps a large object exactly, tells of each byte once, and leaves no memory', async () => {
        const [name, content, memory] = [newName(), someBytes(bench.largeBytes), uploadMemory()];
        let told = 0;
        const advance = (bytes: number): void => {
          told += bytes;
        };
        await store.put(name, sourceOf(content), { memory, advance });
        expect(told).toBe(content.length);
        expect(memory.text).toBeNull();
        expect((await read(name)).equals(content)).toBe(true);
      });

      it.each([100, 'large'] as const)('takes an equal object for success, %s bytes', async (size) => {
        const [name, content] = [newName(), someBytes(size === 'large' ? bench.largeBytes : size, 7)];
        const first = await store.put(name, sourceOf(content));
        expect(await store.put(name, sourceOf(content))).toMatchObject({ name, bytes: first.bytes });
        expect((await store.list()).filter((one) => one.name === name)).toHaveLength(1);
      });

      it.each([
        ['of the same size', 100],
        ['of another size', 90],
      ])('refuses a name that another object %s has, and leaves that as it was', async (_what, length) => {
        const [name, content] = [newName(), someBytes(100, 1)];
        await store.put(name, sourceOf(content));
        await expect(store.put(name, sourceOf(someBytes(length, 2)))).rejects.toMatchObject({
          code: 'STORE.EXISTS',
        });
        expect((await read(name)).equals(content)).toBe(true);
      });

      const spoiled: readonly (readonly [string, (content: Buffer) => UploadSource])[] = [
        [
          'are not those of its digests',
          (content) => ({ ...sourceOf(someBytes(content.length, 9)), ...digestsOf(content) }),
        ],
        ['end too early', (content) => ({ ...sourceOf(content.subarray(0, -1)), ...digestsOf(content) })],
        ['go on too long', (content) => tooLong(content)],
      ];
      it.each(spoiled)('stores nothing when the bytes of the source %s', async (_what, spoil) => {
        const name = newName();
        await expect(store.put(name, spoil(someBytes(5000)))).rejects.toMatchObject({
          code: 'STORE.CHECKSUM',
        });
        await expectAbsent(name);
      });

      it('stores nothing of a large source whose last byte is not that of its digests', async () => {
        const [name, content] = [newName(), someBytes(bench.largeBytes)];
        const changed = Buffer.from(content);
        changed[changed.length - 1]! ^= 1;
        const source = { ...sourceOf(changed), ...digestsOf(content) };
        await expect(store.put(name, source)).rejects.toMatchObject({ code: 'STORE.CHECKSUM' });
        await expectAbsent(name);
      });

      it('stores nothing when the source fails, and takes the name afterwards', async () => {
        const [name, content] = [newName(), someBytes(bench.largeBytes)];
        await expect(store.put(name, failing(content, content.length - 10))).rejects.toThrow(
          'the disk is gone',
        );
        await expectAbsent(name);
        await store.put(name, sourceOf(content));
        expect((await read(name)).equals(content)).toBe(true);
      });

      it('stores nothing when it is aborted, before or on the way', async () => {
        const [name, content] = [newName(), someBytes(bench.largeBytes)];
        const reason = new Error('stopped');
        await expect(store.put(name, sourceOf(content), { signal: AbortSignal.abort(reason) })).rejects.toBe(
          reason,
        );
        const controller = new AbortController();
        const source = sourceOf(content);
        const stopping: UploadSource = {
          ...source,
          open: (range) => {
            if (range.end > content.length / 2) controller.abort(reason);
            return source.open(range);
          },
        };
        await expect(store.put(name, stopping, { signal: controller.signal })).rejects.toBe(reason);
        await expectAbsent(name);
        await store.put(name, source);
      });
    });

    describe('get', () => {
      it('reads from any byte on, and nothing at the end', async () => {
        const [name, content] = [newName(), someBytes(1000)];
        await store.put(name, sourceOf(content));
        for (const start of [0, 1, 999])
          expect((await read(name, start)).equals(content.subarray(start))).toBe(true);
        expect(await read(name, 1000)).toHaveLength(0);
      });

      it('says that there is no such object', async () => {
        await expect(store.get('absent.json.gz')).rejects.toMatchObject({ code: 'STORE.NOT_FOUND' });
      });

      it('ends when it is aborted', async () => {
        const [name, content] = [newName(), someBytes(bench.largeBytes)];
        await store.put(name, sourceOf(content));
        const controller = new AbortController();
        const stream = await store.get(name, { signal: controller.signal });
        controller.abort(new Error('stopped'));
        await expect(buffer(stream)).rejects.toThrow();
      });
    });

    describe('list', () => {
      it('holds every object, over all pages, with size and time', async () => {
        const names = Array.from({ length: bench.manyObjects }, () => `page-${++count}.json.gz.meta.json`);
        for (const name of names) await store.put(name, sourceOf(Buffer.from(name)));
        const listed = new Map((await store.list()).map((one) => [one.name, one]));
        expect(names.filter((name) => listed.get(name)?.bytes !== name.length)).toEqual([]);
        for (const { modified } of listed.values()) expect(new Date(modified).toISOString()).toBe(modified);
      });

      it('neither shows nor touches what is not of Holdfast', async () => {
        const before = await store.list();
        const isThere = await bench.plantForeign();
        expect((await store.list()).map(({ name }) => name).sort()).toEqual(
          before.map(({ name }) => name).sort(),
        );
        expect(await isThere()).toBe(true);
      });

      it('gives the digests that the store has, and they are right', async () => {
        const [name, content] = [newName(), someBytes(3000, 3)];
        await store.put(name, sourceOf(content));
        const { digests } = (await store.stat(name))!;
        const { md5, sha256 } = sourceOf(content);
        expect({ md5, sha256, ...digests }).toEqual({ md5, sha256 });
      });
    });

    describe('delete', () => {
      it('removes the object, and may be repeated', async () => {
        const name = newName();
        await store.put(name, sourceOf(someBytes(10)));
        await store.delete(name);
        await expectAbsent(name);
        await store.delete(name);
        await expect(store.get(name)).rejects.toMatchObject({ code: 'STORE.NOT_FOUND' });
      });

      it('makes room for another object of the name', async () => {
        const name = newName();
        await store.put(name, sourceOf(someBytes(10, 1)));
        await store.delete(name);
        await store.put(name, sourceOf(someBytes(10, 2)));
        expect((await read(name)).equals(someBytes(10, 2))).toBe(true);
      });
    });

    it('tells what room there is, or that it does not know', async () => {
      const quota = await store.quota();
      for (const bytes of [quota?.usedBytes, quota?.freeBytes]) expect(bytes ?? 0).toBeGreaterThanOrEqual(0);
    });
  });
}

function digestsOf(content: Buffer): Pick<UploadSource, 'bytes' | 'sha256' | 'md5'> {
  const { bytes, sha256, md5 } = sourceOf(content);
  return { bytes, sha256, md5 };
}

/** The file grew after its digests were made. */
function tooLong(content: Buffer): UploadSource {
  const longer = Buffer.concat([content, Buffer.from('x')]);
  return { ...digestsOf(content), open: ({ start }) => Readable.from([longer.subarray(start)]) };
}

/** A file that cannot be read from some byte on. */
function failing(content: Buffer, at: number): UploadSource {
  return sourceOf(content, {
    open: ({ start, end }) =>
      Readable.from(
        (async function* () {
          yield content.subarray(start, Math.min(end, at));
          if (end > at) throw new Error('the disk is gone');
        })(),
      ),
  });
}
