import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowLineReader } from '../../src/snapshot/row-line.ts';

/** The cells of the first line, as texts, and the offset behind it. */
function read(text: string, columnCount: number): { cells: string[]; end: number } {
  const bytes = Buffer.from(text);
  const reader = new RowLineReader(columnCount);
  const end = reader.read(bytes, 0);
  const cells = Array.from(reader.starts, (start, index) =>
    bytes.toString('utf8', start, reader.ends[index]),
  );
  return { cells, end };
}

describe('RowLineReader', () => {
  it.each<[string, string[]]>([
    ['[]', []],
    ['[1]', ['1']],
    ['[null,true,false]', ['null', 'true', 'false']],
    ['[-1.5e-7,0]', ['-1.5e-7', '0']],
    ['["",""]', ['""', '""']],
    ['["a,b","]"]', ['"a,b"', '"]"']],
    ['["\\"","\\\\"]', ['"\\""', '"\\\\"']],
    ['["\\\\","x"]', ['"\\\\"', '"x"']],
    ['["\\/\\b\\f\\n\\r\\t\\u0000\\u00Ff"]', ['"\\/\\b\\f\\n\\r\\t\\u0000\\u00Ff"']],
    ['["\\ud83d\\udc0e"]', ['"\\ud83d\\udc0e"']],
    ['["\\uD7FF\\uE000\\\\ud800"]', ['"\\uD7FF\\uE000\\\\ud800"']],
    ['["žluťoučký 🐎\u2028\u007f"]', ['"žluťoučký 🐎\u2028\u007f"']],
    ['[{"b":"00"},{"i":"9223372036854775807"}]', ['{"b":"00"}', '{"i":"9223372036854775807"}']],
    ['[{"t":"\\"}"}]', ['{"t":"\\"}"}']],
  ])('reads %s', (line, cells) => {
    expect(read(`${line}\n`, cells.length)).toEqual({ cells, end: Buffer.byteLength(line) + 1 });
  });

  it.each<[string, number]>([
    ['', 0],
    ['\n', 0],
    ['[]', 0],
    ['[]\r\n', 0],
    ['[] \n', 0],
    ['[ ]\n', 0],
    ['{}\n', 0],
    ['[1]\n', 0],
    ['[]\n', 1],
    ['[,]\n', 1],
    ['[1,]\n', 2],
    ['[,1]\n', 2],
    ['[1,,2]\n', 3],
    ['[1 ,2]\n', 2],
    ['[1, 2]\n', 2],
    ['[1,2]\n', 1],
    ['[1,2]\n', 3],
    ['[1;2]\n', 2],
    ['[1]]\n', 1],
    ['[[1]]\n', 1],
    ['[1]', 1],
    ['[1', 1],
    ['["a]\n', 1],
    ['["a"', 1],
    ['["a', 1],
    ['["a\\', 1],
    ['["a\\"', 1],
    ["['a']\n", 1],
    ['["a"b]\n', 1],
    ['["a\nb"]\n', 1],
    ['["a\tb"]\n', 1],
    ['["a\0b"]\n', 1],
    ['["\\x41"]\n', 1],
    ['["\\v"]\n', 1],
    ['["\\u12"]\n', 1],
    ['["\\u12g4"]\n', 1],
    ['["\\u', 1],
    ['["\\U0041"]\n', 1],
    ['["\\ud800"]\n', 1],
    ['["\\uDBFF x"]\n', 1],
    ['["\\ud83d\\u0041"]\n', 1],
    ['["\\ud83d\\n12345"]\n', 1],
    ['["\\udc0e\\ud83d"]\n', 1],
    ['["\\udc0e"]\n', 1],
    ['["\\ud83d\\ud83d"]\n', 1],
    ['["\\ud83d\\ud', 1],
    ['[NaN]\n', 1],
    ['[Infinity]\n', 1],
    ['[undefined]\n', 1],
    ['[{}]\n', 1],
    ['[{"b":1}]\n', 1],
    ['[{"bb":"0"}]\n', 1],
    ['[{"b":"0"]\n', 1],
    ['[{"b":"0","c":"1"}]\n', 1],
    ['[{"b": "0"}]\n', 1],
    ['[{"b":"0"} ]\n', 1],
    ['[{"b":"0', 1],
    ['[{', 1],
  ])('refuses %j as a row of %i cells', (text, columnCount) => {
    expect(() => read(text, columnCount)).toThrow(
      expect.objectContaining({
        code: 'SNAPSHOT.CONTENT',
        message: expect.stringMatching(/^A row is not what its table says, near: [ -~]*$/),
      }),
    );
  });

  it('sees every byte that ends or breaks a string, wherever it stands, and no other', () => {
    const reader = new RowLineReader(2);
    for (let length = 0; length < 9; length++) {
      for (let place = 0; place < length; place++) {
        for (let byte = 0; byte < 256; byte++) {
          const content = Buffer.alloc(length, 'é');
          content[place] = byte;
          const line = Buffer.concat([Buffer.from('["'), content, Buffer.from('",1]\n')]);
          const isPlain = byte >= 0x20 && byte !== 0x22 && byte !== 0x5c;
          if (isPlain) expect(reader.read(line, 0)).toBe(line.length);
          else expect(() => reader.read(line, 0)).toThrow();
        }
      }
    }
  });

  it('goes from line to line', () => {
    const bytes = Buffer.from('[1,"a"]\n[22,"bb"]\n');
    const reader = new RowLineReader(2);
    const second = reader.read(bytes, 0);
    expect(reader.read(bytes, second)).toBe(bytes.length);
    expect([...reader.starts, ...reader.ends]).toEqual([9, 12, 11, 16]);
  });

  it('finds the tokens that JSON finds in whatever JSON prints', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.record({ b: fc.string({ unit: 'binary' }) }),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 8 }), (cells) => {
        const tokens = cells.map((one) => JSON.stringify(one));
        const line = `[${tokens.join(',')}]\n`;
        const isLone = /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(line);
        if (isLone) expect(() => read(line, cells.length)).toThrow('not what its table says');
        else expect(read(line, cells.length)).toEqual({ cells: tokens, end: Buffer.byteLength(line) });
      }),
      { numRuns: 2000 },
    );
  });

  it('never takes what JSON refuses, nor reads beyond the end', () => {
    const char = fc.constantFrom(...'[]{},:"\\ubt1-.eE0nultrfasd \n');
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 14 }), fc.nat(3), (text, columnCount) => {
        const bytes = Buffer.from(`[${text}`);
        let end: number;
        try {
          end = new RowLineReader(columnCount).read(bytes, 0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SNAPSHOT.CONTENT' });
          return;
        }
        expect(end).toBeLessThanOrEqual(bytes.length);
        // Bare tokens are only letters and digits here; RowCheck sees to what they are.
        const line = bytes.toString('utf8', 0, end).replace(/(?<=[[,])[\w.+-]+(?=[\],])/g, '0');
        expect(JSON.parse(line)).toHaveLength(columnCount);
      }),
      { numRuns: 20_000 },
    );
  });
});
