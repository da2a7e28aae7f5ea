import { describe, expect, it } from 'vitest';
import { countOf, formatBytes, formatCount } from '../../src/util/bytes.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [1234, '1.2 KB'],
    [99_499, '99.5 KB'],
    [99_500, '100 KB'],
    [999_499, '999 KB'],
    [999_500, '1.0 MB'],
    [500_000_000, '500 MB'],
    [1_500_000_000, '1.5 GB'],
    [2e15, '2000 TB'],
  ])('shows %i as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatCount', () => {
  it('groups digits by threes', () => {
    expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  });
});

describe('countOf', () => {
  it('agrees in number with its noun', () => {
    expect([0, 1, 2, 1200].map((count) => countOf(count, 'row'))).toEqual([
      '0 rows',
      '1 row',
      '2 rows',
      '1,200 rows',
    ]);
  });
});
