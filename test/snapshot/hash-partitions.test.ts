import { hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { HashPartitions, partitionIndexes } from '../../src/snapshot/hash-partitions.ts';

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer').subarray(0, 16);
}

interface Plain {
  readonly digest: string;
  readonly extra: string;
  readonly position: number;
}

/** Every record, in the order of its position. */
function recordsOf(partitions: HashPartitions): Plain[] {
  const all = partitionIndexes.flatMap((index) => [...partitions.records(index)]);
  return all
    .map(({ digest: key, extra, position }) => ({
      digest: Buffer.from(key, 'latin1').toString('hex'),
      extra: Buffer.from(extra, 'latin1').toString('hex'),
      position,
    }))
    .sort((a, b) => a.position - b.position);
}

describe('HashPartitions', () => {
  it.each([0, 1, 300, 70_000, 200_000])('gives back each of %i records, spilled or not', (count) => {
    const partitions = new HashPartitions(16);
    const expected: Plain[] = [];
    for (let position = 0; position < count; position++) {
      const [key, extra] = [digest(`key ${position}`), digest(`row ${position}`)];
      partitions.add(key, extra, position);
      expected.push({ digest: key.toString('hex'), extra: extra.toString('hex'), position });
    }
    expect(recordsOf(partitions)).toEqual(expected);
    partitions.close();
  });

  it('puts a record into the partition of its first byte, in the order of adding', () => {
    const partitions = new HashPartitions(0);
    const key = Buffer.alloc(16, 7);
    for (let position = 0; position < 1000; position++) partitions.add(key, null, position);
    for (const index of partitionIndexes.filter((one) => one !== 7))
      expect([...partitions.records(index)]).toEqual([]);
    const positions = Array.from({ length: 1000 }, (_, position) => position);
    expect([...partitions.records(7)].map(({ position }) => position)).toEqual(positions);
    expect([...partitions.records(7)]).toHaveLength(1000);
    partitions.close();
  });

  it('keeps positions beyond 32 bits', () => {
    const partitions = new HashPartitions(0);
    const positions = [0, 2 ** 31, 2 ** 32 + 1, 2 ** 48 - 1];
    for (const position of positions) partitions.add(digest('x'), null, position);
    expect(recordsOf(partitions).map(({ position }) => position)).toEqual(positions);
    partitions.close();
  });

  it('copies what it is given', () => {
    const partitions = new HashPartitions(16);
    const [key, extra] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
    partitions.add(key, extra, 0);
    key.fill(9);
    extra.fill(9);
    expect(recordsOf(partitions)).toEqual([{ digest: '01'.repeat(16), extra: '02'.repeat(16), position: 0 }]);
    partitions.close();
  });

  it('leaves no file behind, and may be closed twice', () => {
    const scratch = (): string[] => readdirSync(tmpdir()).filter((name) => name.endsWith('.scratch'));
    const before = scratch();
    const partitions = new HashPartitions(16);
    for (let position = 0; position < 300; position++)
      partitions.add(Buffer.alloc(16), Buffer.alloc(16), position);
    expect(scratch().filter((name) => !before.includes(name))).toEqual([]);
    partitions.close();
    partitions.close();
  });
});
