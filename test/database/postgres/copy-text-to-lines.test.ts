import { describe, expect, it } from 'vitest';
import { CopyTextToLines } from '../../../src/database/postgres/copy-text-to-lines.ts';
import { LinesToCopyText } from '../../../src/database/postgres/lines-to-copy-text.ts';
import type { CellEncoding } from '../../../src/snapshot/table.ts';

const encodings = ['text', 'integer', 'boolean', 'bytes', 'text'] as const;

/** A row of COPY's text and the line that it stands for. */
const rows: readonly (readonly [string, string])[] = [
  ['plain\t1\tt\t\\\\x00ff\tend', '["plain",1,true,"00ff","end"]'],
  ['\\N\t\\N\t\\N\t\\N\t\\N', '[null,null,null,null,null]'],
  ['\t-2147483648\tf\t\\\\x\t', '["",-2147483648,false,"",""]'],
  ['"q"\t0\tt\t\\\\x22\t\\\\N', '["\\"q\\"",0,true,"22","\\\\N"]'],
  ['\\b\\f\\n\\r\\t\\v\\\\\t7\tf\t\\N\té€😀', '["\\b\\f\\n\\r\\t\\u000b\\\\",7,false,null,"é€😀"]'],
  ['\u0001\u001f\u007f\t9\tt\t\\N\t\\\\.', '["\\u0001\\u001f\u007f",9,true,null,"\\\\."]'],
];

function toLines(text: Buffer, pieces: readonly number[], of: readonly CellEncoding[] = encodings): string {
  const reader = new CopyTextToLines(of, 't');
  let at = 0;
  for (const size of pieces) {
    reader.push(text, at, Math.min(text.length, at + size));
    at = Math.min(text.length, at + size);
  }
  reader.push(text, at, text.length);
  reader.finish();
  const out: Buffer[] = [];
  for (let chunk = reader.take(); chunk !== null; chunk = reader.take()) out.push(chunk.bytes);
  return Buffer.concat(out).toString('utf8');
}

function toText(lines: string, of: readonly CellEncoding[] = encodings): string {
  const columns = of.map((encoding, i) => ({ name: `c${i}`, encoding, isSkipped: false }));
  return new LinesToCopyText(columns, 't').convert(Buffer.from(lines)).toString('utf8');
}

const text = rows.map(([copy]) => `${copy}\n`).join('');
const lines = rows.map(([, line]) => `${line}\n`).join('');

describe('COPY text to row lines', () => {
  it('writes every escape, control character and null as JSON', () => {
    expect(toLines(Buffer.from(text), [])).toBe(lines);
    for (const [, line] of rows) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('gives the same lines wherever the input is cut', () => {
    const bytes = Buffer.from(text);
    for (let cut = 1; cut < bytes.length; cut++) expect(toLines(bytes, [cut])).toBe(lines);
    expect(toLines(bytes, new Array(bytes.length).fill(1))).toBe(lines);
  });

  it('hands out whole lines only, in chunks that stay as they are', () => {
    const row = `${'x'.repeat(1000)}\t\u0001\u0002"\n`;
    const reader = new CopyTextToLines(['text', 'text'], 't');
    const input = Buffer.from(row.repeat(5000));
    const chunks: { bytes: Buffer; copy: string; rows: number }[] = [];
    for (let at = 0; at < input.length; at += 8191) {
      reader.push(input, at, Math.min(input.length, at + 8191));
      for (let chunk = reader.take(); chunk !== null; chunk = reader.take()) {
        chunks.push({ ...chunk, copy: chunk.bytes.toString() });
      }
    }
    reader.finish();
    for (let chunk = reader.take(); chunk !== null; chunk = reader.take())
      chunks.push({ ...chunk, copy: chunk.bytes.toString() });
    expect(chunks.length).toBeGreaterThan(5);
    const line = `["${'x'.repeat(1000)}","\\u0001\\u0002\\""]\n`;
    expect(chunks.map((chunk) => chunk.copy).join('')).toBe(line.repeat(5000));
    for (const chunk of chunks) {
      expect(chunk.copy).toBe(line.repeat(chunk.rows));
      expect(chunk.bytes.toString()).toBe(chunk.copy);
      expect(chunk.bytes.length).toBeLessThan(1024 * 1024);
    }
  });

  it('takes rows that are longer than any chunk', () => {
    const long = 'é"'.repeat(3_000_000);
    expect(toLines(Buffer.from(`${long}\n`), [], ['text'])).toBe(`["${long.replaceAll('"', '\\"')}"]\n`);
  });

  it('reads tables without columns', () => {
    expect(toLines(Buffer.from('\n\n'), [1], [])).toBe('[]\n[]\n');
  });

  it('refuses text that is not UTF-8', () => {
    expect(() => toLines(Buffer.from([0x61, 0xe9, 0x0a]), [], ['text'])).toThrow(
      expect.objectContaining({
        code: 'DATABASE.READ',
        message: 'Cannot read table t: it holds text that is not UTF-8',
      }),
    );
  });

  it.each(['a\t1\tt\t\\\\x', 'a\n', 'a\t1\tt\t\\\\x\tb\tc\n', 'a\t1\tt\tbytes\tb\n'])(
    'refuses rows of another shape: %j',
    (wrong) => {
      expect(() => toLines(Buffer.from(wrong), [])).toThrow(
        expect.objectContaining({ code: 'DATABASE.READ' }),
      );
    },
  );
});

describe('row lines to COPY text', () => {
  it('gives back the text that the lines were made of', () => {
    expect(toText(lines)).toBe(text);
  });

  it('decodes every escape of JSON', () => {
    expect(
      toText('["\\/\\"\\\\\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u005c\\u0009\\u000B\\u001f"]\n', ['text']),
    ).toBe('/"\\\\Aé€😀\\\\\\t\\v\u001f\n');
  });

  it('gives back every code point, as a character and as an escape', () => {
    for (let code = 1; code <= 0x10ffff; code += code < 0x3000 ? 1 : 257) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      const escaped = [...character]
        .flatMap((c) => c.split(''))
        .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const copy = toText(`[${JSON.stringify(character)}]\n`, ['text']);
      expect(toText(`["${escaped.join('')}"]\n`, ['text'])).toBe(copy);
      expect(JSON.parse(toLines(Buffer.from(copy), [], ['text']))).toEqual([character]);
    }
  });

  it('leaves generated columns out', () => {
    const columns = [
      { name: 'g', encoding: 'text', isSkipped: true },
      { name: 'a', encoding: 'integer', isSkipped: false },
      { name: 'h', encoding: 'bytes', isSkipped: true },
      { name: 'b', encoding: 'text', isSkipped: false },
    ] as const;
    expect(new LinesToCopyText(columns, 't').convert(Buffer.from('["x",1,"ff","y"]\n')).toString()).toBe(
      '1\ty\n',
    );
  });

  it('keeps bytes in upper case hex', () => {
    expect(toText('["FF0a",""]\n', ['bytes', 'bytes'])).toBe('\\\\xFF0a\t\\\\x\n');
  });

  it.each([
    ['["a"', ['text']],
    ['["a"]', ['text']],
    ['["a"]\n ', ['text']],
    ['["a","b"]\n', ['text']],
    ['[]\n', ['text']],
    ['["a\nb"]\n', ['text']],
    ['["a\tb"]\n', ['text']],
    ['["\\u0000"]\n', ['text']],
    ['["\\ud800"]\n', ['text']],
    ['["\\ud800\\u0041"]\n', ['text']],
    ['["\\udc00"]\n', ['text']],
    ['["\\u12g4"]\n', ['text']],
    ['["\\x41"]\n', ['text']],
    ['["\\', ['text']],
    ['[1]\n', ['text']],
    ['[true]\n', ['text']],
    ['["1"]\n', ['integer']],
    ['[01]\n', ['integer']],
    ['[-]\n', ['integer']],
    ['[1.0]\n', ['integer']],
    ['[1e3]\n', ['integer']],
    ['[9007199254740993]\n', ['integer']],
    ['[1 ]\n', ['integer']],
    ['[truthy]\n', ['boolean']],
    ['["t"]\n', ['boolean']],
    ['[nul]\n', ['boolean']],
    ['["0"]\n', ['bytes']],
    ['["0g"]\n', ['bytes']],
    ['["\\u0030"]\n', ['bytes']],
    ['[{"b":"00"}]\n', ['bytes']],
  ] as [string, CellEncoding[]][])('refuses %j as %j', (wrong, of) => {
    expect(() => toText(wrong, of)).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT.CONTENT', message: expect.stringMatching(/table t/) }),
    );
  });

  it('refuses bytes that are not UTF-8', () => {
    const convert = () =>
      new LinesToCopyText([{ name: 'a', encoding: 'text', isSkipped: false }], 't').convert(
        Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d, 0x0a]),
      );
    expect(convert).toThrow(expect.objectContaining({ code: 'SNAPSHOT.CONTENT' }));
  });

  it('names the row and the column of what it refuses', () => {
    const convert = () => toText('["a",1]\n["b","2"]\n', ['text', 'integer']);
    expect(convert).toThrow('Row 2 of table t in the snapshot holds a cell that is not integer, column c1');
  });
});
