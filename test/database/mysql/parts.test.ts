import { describe, expect, it } from 'vitest';
import type { ColumnKind, MysqlColumn } from '../../../src/database/mysql/column.ts';
import { PacketReader } from '../../../src/database/mysql/packet-reader.ts';
import { quoteName, quoteText } from '../../../src/database/mysql/quote.ts';
import { RowEncoder } from '../../../src/database/mysql/row-encoder.ts';
import { parseLabels } from '../../../src/snapshot/enumeration-labels.ts';

function column(name: string, kind: ColumnKind): MysqlColumn {
  const definition = {
    name,
    type: '',
    encoding: 'text',
    nullable: true,
    generated: false,
    hasDefault: false,
    comparison: 'exact',
  } as const;
  return { definition, kind, expression: name, charset: null, isAutoIncrement: false };
}

/** A row of the text protocol. */
function rowOf(...cells: (Buffer | string | null)[]): Buffer {
  return Buffer.concat(
    cells.flatMap((cell) => {
      if (cell === null) return [Buffer.of(0xfb)];
      const bytes = Buffer.from(cell);
      if (bytes.length < 251) return [Buffer.of(bytes.length), bytes];
      const head = Buffer.alloc(9, 0xfe);
      head.writeBigUInt64LE(BigInt(bytes.length), 1);
      return [head, bytes];
    }),
  );
}

function packet(payload: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at <= payload.length; at += 0xffffff) {
    const part = payload.subarray(at, at + 0xffffff);
    const head = Buffer.alloc(4);
    head.writeUIntLE(part.length, 0, 3);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

describe('the packets of a connection', () => {
  it('are the same however the bytes are cut', () => {
    const payloads = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('bcd'), Buffer.alloc(300, 7)];
    const bytes = Buffer.concat(payloads.map(packet));
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new PacketReader();
      const seen: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        reader.add([bytes.subarray(at, at + size)]);
        while (reader.take()) seen.push(Buffer.from(reader.payload.subarray(reader.start, reader.end)));
      }
      expect(seen).toEqual(payloads);
    }
  });

  it('of 16 MiB and more are joined from their parts', () => {
    for (const length of [0xffffff - 1, 0xffffff, 0xffffff + 1, 2 * 0xffffff]) {
      const reader = new PacketReader();
      const bytes = Buffer.concat([packet(Buffer.alloc(length, 1)), packet(Buffer.from('next'))]);
      reader.add([bytes.subarray(0, 1000)]);
      expect(reader.take()).toBe(false);
      reader.add([bytes.subarray(1000, bytes.length - 6), bytes.subarray(bytes.length - 6)]);
      expect(reader.take()).toBe(true);
      expect(reader.end - reader.start).toBe(length);
      expect(reader.take()).toBe(true);
      expect(reader.payload.toString('utf8', reader.start, reader.end)).toBe('next');
      expect(reader.take()).toBe(false);
    }
  });
});

describe('row lines from the text protocol', () => {
  it('escape what JSON requires, and nothing else', () => {
    const encoder = new RowEncoder('t', [column('a', 'text'), column('b', 'integer'), column('c', 'bytes')]);
    const controls = Buffer.from(Array.from({ length: 0x20 }, (_, byte) => byte));
    for (const row of [
      rowOf(controls, '007', controls),
      rowOf('"\\/é😀\x7f', '-5', ''),
      rowOf(null, null, null),
    ])
      encoder.add(row, 0, row.length);
    const lines = encoder.take().bytes.toString('utf8').split('\n');
    expect(lines[0]).toContain(
      '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e',
    );
    expect(JSON.parse(lines[0]!)).toEqual([controls.toString('latin1'), 7, controls.toString('hex')]);
    expect(lines[1]).toBe('["\\"\\\\/é😀\x7f",-5,""]');
    expect(lines[2]).toBe('[null,null,null]');
  });

  it('grow with rows of any size', () => {
    const encoder = new RowEncoder('t', [column('a', 'text'), column('b', 'bytes')]);
    const big = Buffer.alloc(3_000_000, 1);
    const row = rowOf(big, big);
    encoder.add(row, 0, row.length);
    expect(JSON.parse(encoder.take().bytes.toString('utf8'))).toEqual([
      big.toString('latin1'),
      big.toString('hex'),
    ]);
  });

  it('are written into the buffer of a chunk only when it was given back', () => {
    const encoder = new RowEncoder('t', [column('a', 'text')]);
    const textOf = (letter: string): string => letter.repeat(100);
    const take = (letter: string) => {
      const row = rowOf(textOf(letter));
      for (let rows = 0; rows < 10_000; rows++) encoder.add(row, 0, row.length);
      return encoder.take();
    };
    const [first, second] = [take('a'), take('b')];
    const whole = (letter: string): string => `["${textOf(letter)}"]\n`.repeat(10_000);
    expect(first.bytes.toString('utf8')).toBe(whole('a'));
    first.release!();
    const [third, fourth] = [take('c'), take('d')];
    expect(second.bytes.toString('utf8')).toBe(whole('b'));
    expect(third.bytes.toString('utf8')).toBe(whole('c'));
    expect(fourth.bytes.toString('utf8')).toBe(whole('d'));
    expect(fourth.bytes.buffer).toBe(first.bytes.buffer);
  });

  it('are refused with column and row where text is not UTF-8', () => {
    for (const bad of [Buffer.of(0xff), Buffer.of(0xc3), Buffer.of(0xed, 0xa0, 0x80), Buffer.of(0x80)]) {
      const encoder = new RowEncoder('orders', [column('a', 'integer'), column('note', 'text')]);
      for (const row of [rowOf('1', 'fine'), rowOf('2', bad)]) encoder.add(row, 0, row.length);
      expect(() => encoder.take()).toThrow(
        expect.objectContaining({
          code: 'DATABASE.READ',
          message:
            'Cannot read table orders exactly: column note of row 2 holds text that is not valid UTF-8',
        }),
      );
    }
  });

  it('are refused when a row is not as long as its packet', () => {
    const encoder = new RowEncoder('t', [column('a', 'text')]);
    const row = rowOf('a', 'b');
    expect(() => encoder.add(row, 0, row.length)).toThrow('not as long as its packet');
  });
});

describe('names and labels', () => {
  it.each([
    ['plain', '`plain`'],
    ['back`tick``s', '`back``tick````s`'],
    ['a\nb -- "\'', '`a\nb -- "\'`'],
  ])('quote %j', (name, quoted) => expect(quoteName(name)).toBe(quoted));

  it('quote text with every special character', () => {
    expect(quoteText(`it's \\ "x"\0\n`)).toBe(`'it\\'s \\\\ "x"\\0\n'`);
  });

  it.each([
    [`enum('a','b')`, ['a', 'b']],
    [`enum('it''s','x\\\\y','',' a,b ')`, [`it's`, 'x\\y', '', ' a,b ']],
    [`set('\\n','\\0','(''),(''')`, ['\n', '\0', `('),('`]],
  ])('are read from %s', (type, labels) => expect(parseLabels(type)).toEqual(labels));
});
