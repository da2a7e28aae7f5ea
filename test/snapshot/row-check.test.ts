import { describe, expect, it } from 'vitest';
import { RowCheck } from '../../src/snapshot/row-check.ts';
import type { CellEncoding } from '../../src/snapshot/table.ts';

function check(encodings: readonly CellEncoding[], line: string | Buffer, rows = 1): void {
  new RowCheck(encodings).check({ bytes: Buffer.from(line), rows });
}

const big = '9'.repeat(309);

describe.each<[CellEncoding, readonly string[], readonly string[]]>([
  [
    'text',
    ['null', '""', '"x"', '"1"', '"null"', '"\\u0000"', '"🐎"'],
    ['1', 'true', 'nul', 'nulx', 'nulll', 'nu', 'n', '{"b":"00"}', '{"t":"00"}'],
  ],
  [
    'integer',
    ['null', '0', '1', '-1', '42', '9007199254740991', '-9007199254740991'],
    [
      ...[
        '-0',
        '00',
        '01',
        '-01',
        '+1',
        '1.0',
        '1e3',
        '.5',
        '1.',
        '-',
        'e',
        'true',
        '"1"',
        '""',
        '{"i":"1"}',
      ],
      ...['9007199254740992', '-9007199254740992', '9007199254740993', '99999999999999999999', 'nan'],
    ],
  ],
  [
    'boolean',
    ['null', 'true', 'false'],
    ['0', '1', '"true"', 'tru', 'trua', 'truefalse', 'falsee', '{"b":"00"}'],
  ],
  [
    'bytes',
    ['null', '""', '"00"', '"00ff"', '"DEADBEEF"', '"aBcDeF"'],
    ['"0"', '"0g"', '"0 "', '"\\u0030\\u0030"', '"0x00"', '"é"', '1', 'true', '{"b":"00"}'],
  ],
  [
    'cell',
    [
      ...['null', '""', '"1"', '"x"', '0', '1', '-1', '9007199254740991', '-9007199254740991'],
      ...['0.0', '1.0', '-1.0', '0.1', '1e5', '1e+5', '1e-5', '1.0e308', '1.7976931348623157e308', '5e-324'],
      ...['-5e-324', '-9223372036854775808.0', `${'9'.repeat(308)}.0`],
      ...['{"b":""}', '{"b":"00fF"}', '{"t":""}', '{"t":"80"}'],
      ...['{"i":"9007199254740992"}', '{"i":"-9007199254740992"}'],
      ...['{"i":"9223372036854775807"}', '{"i":"-9223372036854775808"}'],
      ...['{"r":"Infinity"}', '{"r":"-Infinity"}', '{"r":"-0.0"}'],
    ],
    [
      ...[
        '-0',
        '-0.0',
        '-0e1',
        '-1e-400',
        '00',
        '01.5',
        '1.',
        '.5',
        '1e',
        '1e+',
        '+1.0',
        '1E5',
        '1.5.5',
        '1e400',
        'true',
      ],
      ...[
        '9007199254740992',
        '-9007199254740992',
        `${big}.0`,
        `0.${'1'.repeat(400)}`,
        '--1',
        'e',
        'false',
        'NaN'.toLowerCase(),
      ],
      ...['{"b":"0"}', '{"b":"0g"}', '{"t":"\\u0030"}', '{"B":"00"}', '{"x":"00"}', '{""":"00"}'],
      ...[
        '{"i":"1"}',
        '{"i":"9007199254740991"}',
        '{"i":"9223372036854775808"}',
        '{"i":"-9223372036854775809"}',
      ],
      ...['{"i":"09007199254740992"}', '{"i":"+9007199254740992"}', '{"i":""}', '{"i":"9007199254740992.0"}'],
      `{"i":"${'9'.repeat(400)}"}`,
      ...['{"r":"NaN"}', '{"r":"1.5"}', '{"r":"infinity"}', '{"r":"-0"}', '{"r":"+Infinity"}', '{"r":""}'],
    ],
  ],
])('a cell of %s', (encoding, good, bad) => {
  it.each(good)('may be %s', (token) => {
    expect(() => check([encoding], `[${token}]\n`)).not.toThrow();
  });

  it.each(bad)('is never %s', (token) => {
    expect(() => check([encoding], `[${token}]\n`)).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT.CONTENT' }),
    );
  });
});

describe('RowCheck', () => {
  it('names the column and its encoding', () => {
    expect(() => check(['text', 'integer'], '["x","y"]\n')).toThrow('A cell of column 2 is not integer: "y"');
  });

  it('shows no more than the beginning of a cell', () => {
    expect(() => check(['integer'], `["${'x'.repeat(100)}"]\n`)).toThrow(
      expect.objectContaining({ message: `A cell of column 1 is not integer: "${'x'.repeat(39)}` }),
    );
  });

  it('refuses a number of a gigabyte without making a text of it', () => {
    const bytes = Buffer.alloc(600 << 20, '1');
    bytes.write('[0.', 0);
    bytes.write(']\n', bytes.length - 2);
    expect(() => new RowCheck(['cell']).check({ bytes, rows: 1 })).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT.CONTENT' }),
    );
  });

  it('refuses text that is not UTF-8', () => {
    for (const hex of ['ff', 'c3', 'c080', 'eda080', 'f4908080', 'e28080ff']) {
      const line = Buffer.concat([Buffer.from('["'), Buffer.from(hex, 'hex'), Buffer.from('"]\n')]);
      expect(() => check(['text'], line), hex).toThrow('A row is not valid UTF-8');
    }
  });

  it('checks every row of a chunk, and their number', () => {
    expect(() => check(['integer'], '[1]\n[2]\n[3]\n', 3)).not.toThrow();
    expect(() => check(['integer'], '[1]\n[2]\n["3"]\n', 3)).toThrow('A cell of column 1 is not integer');
    expect(() => check(['integer'], '[1]\n[2]\n', 3)).toThrow('Rows are missing');
    expect(() => check(['integer'], '[1]\n[2]\n', 1)).toThrow('Rows are missing');
  });
});
