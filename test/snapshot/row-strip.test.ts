import { describe, expect, it } from 'vitest';
import { stripCommas } from '../../src/snapshot/row-strip.ts';

describe('stripCommas', () => {
  it.each<[string, boolean, string, number]>([
    ['', true, '', 0],
    ['', false, '', 0],
    ['[1]\n', true, '[1]\n', 1],
    ['[1]\n,[2]\n', true, '[1]\n[2]\n', 2],
    [',[1]\n,[2]\n', false, '[1]\n[2]\n', 2],
    [',[","]\n', false, '[","]\n', 1],
  ])('of %j, at the start of a table: %s', (text, isTableStart, lines, rows) => {
    const chunk = stripCommas(Buffer.from(text), isTableStart);
    expect([chunk.bytes.toString(), chunk.rows]).toEqual([lines, rows]);
  });

  it.each<[string, boolean]>([
    [',[1]\n', true],
    ['[1]\n', false],
    ['[1]\n[2]\n', true],
    [',[1]\n,,[2]\n', false],
    [',[1]\n\n', false],
    ['[1]', true],
    ['[1]\n,[2]', true],
    ['x', true],
  ])('refuses %j, at the start of a table: %s', (text, isTableStart) => {
    expect(() => stripCommas(Buffer.from(text), isTableStart)).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT.CONTENT' }),
    );
  });
});
