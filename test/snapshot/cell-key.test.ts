import { describe, expect, it } from 'vitest';
import { digestBytes, digestOf, keyText } from '../../src/snapshot/cell-key.ts';
import { RowLineReader } from '../../src/snapshot/row-line.ts';
import type { KeyComparison } from '../../src/snapshot/table.ts';

function keyOf(cells: readonly string[], comparison: KeyComparison, nullsAreDistinct = false): string | null {
  const line = new RowLineReader(cells.length);
  const bytes = Buffer.from(`[${cells.join(',')}]\n`);
  line.read(bytes, 0);
  const columns = cells.map((_, index) => ({ index, comparison }));
  return keyText(bytes, line, { columns, nullsAreDistinct });
}

/** Tokens that are one value, and tokens that are other values. */
const tables: readonly [KeyComparison, readonly (readonly string[])[], readonly string[]][] = [
  [
    'exact',
    [
      ['"a"', '"a"'],
      ['1', '1'],
      ['null', 'null'],
    ],
    ['"a"', '"A"', '"a "', '1', '"1"', '1.0', 'null', '"null"', '"á"'],
  ],
  [
    'number',
    [
      ['1', '"1"', '1.0', '"1.00"', '1e0', '"1e0"', '{"i":"1"}', '"01"', '"10e-1"', '"0.1E1"', '"1."'],
      ['0', '"0"', '0.0', '"-0"', '-0.0', '{"r":"-0.0"}', '"0e5"', '"000"', '".0"'],
      ['"-5"', '-5', '-5.0', '"-0.5e1"'],
      ['100', '1e2', '"100.0"', '"1.0e+2"', '"0.01e4"'],
      ['{"i":"9223372036854775807"}', '"9223372036854775807"', '"9223372036854775807.0"'],
      ['".5"', '0.5', '"5e-1"'],
    ],
    [
      ...[
        '0',
        '1',
        '-1',
        '10',
        '11',
        '0.1',
        '1.1',
        '"9007199254740993"',
        '"9007199254740992"',
        '9007199254740991',
      ],
      ...['"1234567890.123456789012345678901234567890"', '"1234567890.123456789012345678901234567891"'],
      ...[
        'null',
        '""',
        '"."',
        '"-"',
        '"e5"',
        '"-e5"',
        '" 1"',
        '"1 "',
        '"x"',
        '"NaN"',
        '"Infinity"',
        '{"r":"Infinity"}',
        '"0x1"',
        '{"b":"31"}',
      ],
    ],
  ],
  [
    'ascii-case',
    [
      ['"abc"', '"ABC"', '"aBc"'],
      ['"É"', '"É"'],
    ],
    ['"abc"', '"abd"', '"É"', '"é"', '"abc "', 'null'],
  ],
  [
    'trailing-spaces',
    [
      ['"a"', '"a "', '"a   "'],
      ['""', '" "'],
    ],
    ['"a"', '" a"', '"A"', '"a\\t"', '""', 'null', '"null"', '1', '"1"'],
  ],
  [
    'ignore-case',
    [
      ['"é"', '"É"', '"\\u00c9"'],
      ['"abc"', '"ABC"'],
    ],
    ['"e"', '"é"', '"a"', '"a "', 'null', '"null"', '1', '"1"'],
  ],
  [
    'ignore-case-and-accents',
    [
      ['"cafe"', '"Café"', '"CAFÉ "', '"cafe\\u0301"'],
      ['""', '"  "'],
    ],
    ['"a"', '"b"', '" a"', '""', 'null', '"null"', '1', '"1"'],
  ],
];

describe.each(tables)('a key compared by %s', (comparison, same, different) => {
  it.each(same.map((tokens) => [tokens]))('is one for %j', (tokens) => {
    expect(new Set(tokens.map((token) => keyOf([token], comparison))).size).toBe(1);
  });

  it('is another one for other values', () => {
    const keys = different.map((token) => keyOf([token], comparison));
    expect(new Set(keys).size).toBe(different.length);
  });
});

describe('keyText', () => {
  it('keeps columns apart', () => {
    expect(keyOf(['"a"', '"b"'], 'exact')).not.toBe(keyOf(['"ab"', '""'], 'exact'));
    expect(keyOf(['1', '11'], 'number')).not.toBe(keyOf(['11', '1'], 'number'));
  });

  it('keeps a text that separates nothing apart from the separator', () => {
    expect(keyOf(['"a\\u0000b"', '"c"'], 'ignore-case')).not.toBe(
      keyOf(['"a"', '"b\\u0000c"'], 'ignore-case'),
    );
  });

  it('takes NULL for a value, or for no key at all', () => {
    expect(keyOf(['1', 'null'], 'exact')).toBe(keyOf(['1', 'null'], 'exact'));
    expect(keyOf(['1', 'null'], 'exact', true)).toBeNull();
    expect(keyOf(['1', '"null"'], 'exact', true)).not.toBeNull();
  });

  it('takes the columns that it is told, in their order', () => {
    const line = new RowLineReader(3);
    const bytes = Buffer.from('[1,"x",2]\n');
    line.read(bytes, 0);
    const columns = [2, 0].map((index) => ({ index, comparison: 'exact' as const }));
    expect(keyText(bytes, line, { columns })).toBe('2\u00001\u0000');
  });
});

describe('digestOf', () => {
  it('is the beginning of a SHA-256', () => {
    expect(digestOf('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223');
    expect(digestOf(Buffer.from('abc'))).toHaveLength(digestBytes);
  });
});
