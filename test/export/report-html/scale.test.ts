import { describe, expect, it } from 'vitest';
import { positionIn, rangeOf, ticksFromZero, timeTicks } from '../../../src/export/report-html/scale.ts';
import { formatBytes, formatCount } from '../../../src/util/bytes.ts';

describe('marks from zero', () => {
  it.each<[number, (value: number) => string, readonly string[]]>([
    [0, formatCount, ['0', '1']],
    [1, formatCount, ['0', '1']],
    [3, formatCount, ['0', '1', '2', '3']],
    [20, formatCount, ['0', '5', '10', '15', '20']],
    [19_993, formatCount, ['0', '5,000', '10,000', '15,000', '20,000']],
    [605_000, formatBytes, ['0 B', '200 KB', '400 KB', '600 KB', '800 KB']],
    [3_100_000_000, formatBytes, ['0 B', '1.0 GB', '2.0 GB', '3.0 GB', '4.0 GB']],
  ])('reach %d in round steps', (highest, format, labels) => {
    const ticks = ticksFromZero(highest, format);
    expect(ticks.map(({ label }) => label)).toEqual(labels);
    expect(ticks.at(-1)!.value).toBeGreaterThanOrEqual(highest);
  });
});

describe('marks of time', () => {
  const labelsOf = (...instants: string[]): string[] =>
    timeTicks(rangeOf(instants)).map(({ label }) => label);

  it.each<[string, string, readonly string[]]>([
    ['2026-11-20T08:10:00Z', '2026-11-20T13:00:00Z', ['09:00', '10:00', '11:00', '12:00', '13:00']],
    ['2026-11-20T20:00:00Z', '2026-11-21T10:00:00Z', ['21:00', '21 Nov', '03:00', '06:00', '09:00']],
    ['2026-11-17T02:00:00Z', '2026-11-21T02:00:00Z', ['18 Nov', '19 Nov', '20 Nov', '21 Nov']],
    ['2025-07-01T04:00:00Z', '2026-06-30T02:00:00Z', ['Sep 2025', 'Nov', '2026', 'Mar', 'May']],
    [
      '2019-03-01T00:00:00Z',
      '2026-06-30T02:00:00Z',
      ['2020', '2021', '2022', '2023', '2024', '2025', '2026'],
    ],
  ])('from %s to %s are round', (from, to, labels) => {
    expect(labelsOf(from, to)).toEqual(labels);
  });

  it('are never more than nine, and within the range, over any length', () => {
    for (let hours = 1; hours < 1_000_000; hours = Math.ceil(hours * 1.3)) {
      const from = Date.parse('2003-02-27T05:17:00Z');
      const range = rangeOf([new Date(from).toISOString(), new Date(from + hours * 3_600_000).toISOString()]);
      const ticks = timeTicks(range);
      expect(ticks.length, `${hours} hours`).toBeLessThan(10);
      expect(ticks.length, `${hours} hours`).toBeGreaterThan(0);
      for (const { value } of ticks) {
        expect(positionIn(range, value)).toBeGreaterThanOrEqual(0);
        expect(positionIn(range, value)).toBeLessThanOrEqual(100);
      }
    }
  });

  it('surround a single instant', () => {
    const range = rangeOf(['2026-11-20T02:00:00Z']);
    expect(positionIn(range, Date.parse('2026-11-20T02:00:00Z'))).toBe(50);
    expect(timeTicks(range).length).toBeGreaterThan(3);
  });
});
