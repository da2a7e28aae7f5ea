import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowMarks } from '../../src/snapshot/row-marks.ts';

describe('RowMarks', () => {
  it('is 0 where nothing was set', () => {
    const marks = new RowMarks();
    expect([0, 1, 5000, 2 ** 40].map((position) => marks.get(position))).toEqual([0, 0, 0, 0]);
  });

  it('keeps each mark, and changes no other', () => {
    const mark = fc.constantFrom(0, 1, 2, 3);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20_000), mark), { maxLength: 200 }), (sets) => {
        const marks = new RowMarks();
        const expected = new Map<number, number>();
        for (const [position, value] of sets) {
          marks.set(position, value as 0 | 1 | 2 | 3);
          expected.set(position, value);
        }
        for (const [position] of sets) {
          for (const near of [position - 1, position, position + 1]) {
            if (near >= 0) expect(marks.get(near)).toBe(expected.get(near) ?? 0);
          }
        }
      }),
    );
  });

  it('tells rows apart whose positions differ by 2^32', () => {
    const marks = new RowMarks();
    marks.set(2 ** 32 + 1, 3);
    expect([marks.get(1), marks.get(2 ** 32 + 1), marks.get(2 ** 32)]).toEqual([0, 3, 0]);
  });
});
