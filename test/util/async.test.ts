import { describe, expect, it } from 'vitest';
import { mapInOrder } from '../../src/util/async.ts';

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

describe('mapInOrder', () => {
  it('keeps the order of the source whatever ends first', async () => {
    const delays = [30, 0, 20, 0, 10, 0];
    const results = mapInOrder(delays, 3, async (delay) => {
      await pause(delay);
      return delay;
    });
    expect(await collect(results)).toEqual(delays);
  });

  it.each([1, 2, 5])('has at most %i running', async (limit) => {
    let running = 0;
    let most = 0;
    const results = mapInOrder(Array.from({ length: 20 }), limit, async () => {
      running++;
      most = Math.max(most, running);
      await pause(2);
      running--;
    });
    await collect(results);
    expect(most).toBe(limit);
  });

  it('takes no more of the source than it needs', async () => {
    let taken = 0;
    function* source(): Generator<number> {
      for (;;) yield taken++;
    }
    for await (const one of mapInOrder(source(), 3, async (item) => item)) {
      if (one === 2) break;
    }
    expect(taken).toBeLessThanOrEqual(6);
  });

  it('passes a failure on when its turn comes, and waits for what is running', async () => {
    const done: number[] = [];
    const seen: number[] = [];
    const results = mapInOrder([1, 2, 3], 3, async (item) => {
      if (item === 2) throw new Error('two');
      await pause(item * 10);
      done.push(item);
      return item;
    });
    const reading = (async () => {
      for await (const one of results) seen.push(one);
    })();
    await expect(reading).rejects.toThrow('two');
    expect([seen, done]).toEqual([[1], [1, 3]]);
  });

  it('closes its source when the consumer stops', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item++) yield item;
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of mapInOrder(source(), 2, async (item) => item)) break;
    expect(isClosed).toBe(true);
  });
});
