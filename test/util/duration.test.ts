import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../src/util/duration.ts';

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [49, '0.0 s'],
    [50, '0.1 s'],
    [400, '0.4 s'],
    [9900, '9.9 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [10_000, '10 s'],
    [12_300, '12 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [3_600_000, '60 min'],
    [3_661_000, '61 min 1 s'],
  ])('shows %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
