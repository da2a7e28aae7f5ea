import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store.ts';
import { limitIdle } from '../../src/storage/idle-limit.ts';
import { limitRate } from '../../src/storage/limit-rate.ts';
import { type RetryOptions, retrying } from '../../src/storage/retrying.ts';
import { StoreError } from '../../src/storage/store-error.ts';
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts';
import { someBytes, sourceOf } from '../support/upload-source.ts';

/** A clock that only waiting moves. */
function fakeTime() {
  const time = { nowMs: 0, waits: [] as number[] };
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    time.waits.push(ms);
    time.nowMs += ms;
  };
  return { time, sleep, nowMs: () => time.nowMs };
}

/** Fails so many times before it does what it should. */
function failing(store: MemoryStore, failures: readonly StoreError[]): Store {
  const left = [...failures];
  const check = (): void => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
  };
  return {
    ...store,
    async list() {
      check();
      return store.list();
    },
    async put(name, source, options) {
      check();
      return store.put(name, source, options);
    },
  };
}

const lost = () => new StoreError('STORE.LOST', 'lost');

function options(more: Partial<RetryOptions> = {}) {
  const { time, sleep, nowMs } = fakeTime();
  const limits = { tries: 5, firstWaitMs: 1000, longestWaitMs: 4000, deadlineMs: 60_000 };
  return { time, options: { ...limits, nowMs, sleep, random: () => 1, ...more } };
}

describe('retrying', () => {
  it('waits longer each time, up to a ceiling', async () => {
    const { time, options: retry } = options();
    await retrying(failing(createMemoryStore(), [lost(), lost(), lost(), lost()]), retry).list();
    expect(time.waits).toEqual([1000, 2000, 4000, 4000]);
  });

  it('spreads its waits over the upper half', async () => {
    const { time, options: retry } = options({ random: () => 0 });
    await retrying(failing(createMemoryStore(), [lost(), lost()]), retry).list();
    expect(time.waits).toEqual([500, 1000]);
  });

  it('waits as long as the store asks to', async () => {
    const { time, options: retry } = options();
    const busy = new StoreError('STORE.BUSY', 'busy', { retryAfterMs: 30_000 });
    await retrying(failing(createMemoryStore(), [busy]), retry).list();
    expect(time.waits).toEqual([30_000]);
  });

  it('gives up at once where the store asks to wait beyond the deadline', async () => {
    const { time, options: retry } = options();
    const busy = new StoreError('STORE.BUSY', 'busy', { retryAfterMs: 61_000 });
    await expect(retrying(failing(createMemoryStore(), [busy]), retry).list()).rejects.toMatchObject({
      code: 'STORE.BUSY',
    });
    expect(time.waits).toEqual([]);
  });

  it.each(['STORE.AUTHENTICATION', 'STORE.FULL', 'STORE.EXISTS', 'STORE.CHECKSUM', 'STORE.SETTING'] as const)(
    'does not repeat what fails with %s',
    async (code) => {
      const { time, options: retry } = options();
      const failed = retrying(failing(createMemoryStore(), [new StoreError(code, 'no')]), retry).list();
      await expect(failed).rejects.toMatchObject({ code });
      expect(time.waits).toEqual([]);
    },
  );

  it('goes on as long as something gets through, and tells of each byte once', async () => {
    const { options: retry } = options({ tries: 2 });
    const memory = createMemoryStore();
    let allowed = 0;
    const store: Store = {
      ...memory,
      // Each try gets ten bytes further, and begins at the first again.
      async put(name, source, put = {}) {
        allowed += 10;
        put.advance?.(Math.min(allowed, source.bytes));
        if (allowed < source.bytes) throw lost();
        return memory.put(name, source);
      },
    };
    let told = 0;
    await retrying(store, retry).put('a.json', sourceOf(someBytes(95)), {
      advance: (bytes) => (told += bytes),
    });
    expect(told).toBe(95);
  });

  it('stops waiting when it is aborted', async () => {
    const { options: retry } = options();
    const signal = AbortSignal.abort(new Error('stopped'));
    const failed = retrying(failing(createMemoryStore(), [lost()]), retry).list({ signal });
    await expect(failed).rejects.toThrow('lost');
  });
});

describe('a limit of idleness', () => {
  const stuck: Store = {
    ...createMemoryStore(),
    list: (call) =>
      new Promise((_, reject) => call?.signal?.addEventListener('abort', () => reject(call.signal!.reason))),
    get: async (_name, call) =>
      Readable.from(
        (async function* () {
          yield Buffer.from('a');
          await new Promise((_, reject) =>
            call?.signal?.addEventListener('abort', () => reject(call.signal!.reason)),
          );
        })(),
      ),
  };

  it('ends what does not move', async () => {
    const store = limitIdle(stuck, { idleMs: 20 });
    await expect(store.list()).rejects.toMatchObject({
      code: 'STORE.LOST',
      message: expect.stringContaining('did not move'),
    });
    await expect(buffer(await store.get('a'))).rejects.toMatchObject({ code: 'STORE.LOST' });
  });

  it('leaves what moves, and a reader who thinks, in peace', async () => {
    const memory = createMemoryStore();
    await memory.put('a.json', sourceOf(someBytes(10)));
    const store = limitIdle(
      { ...memory, get: async () => Readable.from([Buffer.from('a'), Buffer.from('b')]) },
      { idleMs: 30 },
    );
    const got: string[] = [];
    for await (const chunk of await store.get('a.json')) {
      got.push(String(chunk));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(got.join('')).toBe('ab');
  });
});

it('keeps to a rate, up and down', async () => {
  const { time, sleep, nowMs } = fakeTime();
  const store = limitRate(createMemoryStore(), { bytesPerSecond: 100_000, nowMs, sleep });
  await store.put('a.json', sourceOf(someBytes(200_000)));
  expect(time.nowMs).toBeGreaterThan(1800);
  expect(time.nowMs).toBeLessThanOrEqual(2000);
  expect((await buffer(await store.get('a.json'))).length).toBe(200_000);
  expect(time.nowMs).toBeGreaterThan(3600);
});
