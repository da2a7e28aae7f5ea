import { isUtf8 } from 'node:buffer';
import { AppError, InternalError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import type { ColumnKind, MysqlColumn } from './column.ts';
import type { RowSink } from './session.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const nullCell = 0xfb;
const hexDigits = Buffer.from('0123456789abcdef', 'latin1');

/** A chunk is handed out when it has reached this size. */
const chunkBytes = 256 * 1024;
/** The largest buffer that is used again: what arrives at once is about a MiB. */
const maxSpareBytes = 4 << 20;
/** Rows up to this length are given the room of the worst case without a look at their bytes. */
const smallRowBytes = 8 * 1024;
/** Cells up to this length are written digit by digit; calling into Node costs more. */
const smallBytes = 24;
/** A string cannot hold the digits of the longest values, so they are made in pieces. */
const hexPieceBytes = 1 << 20;

/** What a byte needs in a JSON string: 0 nothing, a letter its short escape, 1 the form with four digits. */
const escapeOf = new Uint8Array(256).fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [quote, '"'],
  [backslash, '\\'],
] as const) {
  escapeOf[byte] = letter.charCodeAt(0);
}

type CellForm = 'bare' | 'plain' | 'text' | 'hex';

const forms: Readonly<Record<ColumnKind, CellForm>> = {
  integer: 'bare',
  numeric: 'plain',
  real: 'plain',
  plain: 'plain',
  text: 'text',
  label: 'text',
  labelNumber: 'bare',
  bytes: 'hex',
  bit: 'hex',
};

/**
 * Turns the rows of the text protocol into row lines, bytes to bytes: no JavaScript value is made of a cell. Every
 * chunk handed out has been checked to be UTF-8.
 */
export class RowEncoder implements RowSink {
  readonly #table: string;
  readonly #columns: readonly MysqlColumn[];
  readonly #forms: readonly CellForm[];
  #out: Buffer = Buffer.allocUnsafeSlow(2 * chunkBytes);
  /** The buffer of a chunk that was given back. */
  #spare: Buffer | null = null;
  #at = 0;
  #rows = 0;
  #rowsBefore = 0;

  constructor(table: string, columns: readonly MysqlColumn[]) {
    this.#table = table;
    this.#columns = columns;
    this.#forms = columns.map((column) => forms[column.kind]);
  }

  get hasRows(): boolean {
    return this.#rows > 0;
  }

  /** Whether there is enough for a chunk. */
  get isFull(): boolean {
    return this.#at >= chunkBytes;
  }

  add(payload: Buffer, start: number, end: number): void {
    this.#reserve(payload, start, end);
    const out = this.#out;
    const columns = this.#columns;
    const forms = this.#forms;
    let at = this.#at;
    let from = start;
    out[at++] = 0x5b;
    for (let index = 0; index < forms.length; index++) {
      if (index > 0) out[at++] = comma;
      let length = payload[from++]!;
      if (length === nullCell) {
        at = writeNull(out, at);
        continue;
      }
      if (length > nullCell) {
        const bytes = lengthBytes(length);
        length = payload.readUIntLE(from, Math.min(bytes, 6));
        from += bytes;
      }
      const to = from + length;
      const form = forms[index]!;
      if (form === 'bare') at = writeBare(payload, from, to, out, at);
      else if (form === 'hex') at = writeHex(payload, from, to, out, at);
      else if (form === 'plain') at = writePlain(payload, from, to, out, at);
      else if (columns[index]!.charset === null) at = writeText(payload, from, to, out, at);
      else at = writeMapped(payload, from, to, out, at, columns[index]!.charset!.toUtf8);
      from = to;
    }
    if (from !== end) throw new InternalError(`a row of ${this.#table} is not as long as its packet`);
    out[at++] = 0x5d;
    out[at++] = 0x0a;
    this.#at = at;
    this.#rows++;
  }

  /** What has been added since the last call. @throws AppError DATABASE.READ where a text is not UTF-8 */
  take(): RowChunk {
    const out = this.#out;
    const bytes = out.subarray(0, this.#at);
    const rows = this.#rows;
    if (!isUtf8(bytes)) throw this.#describeBadText(bytes);
    this.#out = this.#spare ?? Buffer.allocUnsafeSlow(2 * chunkBytes);
    this.#spare = null;
    this.#at = 0;
    this.#rowsBefore += rows;
    this.#rows = 0;
    return { bytes, rows, release: () => this.#takeBack(out) };
  }

  /** One that a long row has made large is not kept. */
  #takeBack(out: Buffer): void {
    if (out.length <= maxSpareBytes) this.#spare = out;
  }

  /** Makes room for the row's line. Many rows may arrive at once, so the buffer at least doubles. */
  #reserve(payload: Buffer, start: number, end: number): void {
    const frame = this.#forms.length * 7 + 4;
    const length = end - start;
    const needed = this.#at + frame + (length <= smallRowBytes ? length * 6 : lineBytes(payload, start, end));
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#out.length));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }

  #describeBadText(bytes: Buffer): unknown {
    const reader = new RowLineReader(this.#columns.length);
    for (let at = 0, row = this.#rowsBefore + 1; at < bytes.length; row++) {
      at = reader.read(bytes, at);
      const index = this.#columns.findIndex(
        (_, i) => !isUtf8(bytes.subarray(reader.starts[i], reader.ends[i])),
      );
      if (index < 0) continue;
      const column = this.#columns[index]!.definition.name;
      return new AppError(
        'DATABASE.READ',
        `Cannot read table ${this.#table} exactly: column ${column} of row ${row} holds text that is not valid UTF-8`,
        {
          hint: `Correct the value, or change the column's type to a binary one, then run the command again`,
        },
      );
    }
    return new InternalError(`a chunk of ${this.#table} is not UTF-8, but each of its cells is`);
  }
}

/** An upper bound of the line of a large row: bytes double as hex, a byte of text takes up to six. */
function lineBytes(payload: Buffer, start: number, end: number): number {
  let bytes = (end - start) * 2;
  for (let at = start; at < end; at++) {
    if (escapeOf[payload[at]!] === 1) bytes += 4;
    else if (payload[at]! >= 0x80) bytes += 1;
  }
  return bytes;
}

function lengthBytes(first: number): number {
  if (first === 0xfc) return 2;
  return first === 0xfd ? 3 : 8;
}

function writeNull(out: Buffer, at: number): number {
  out[at] = 0x6e;
  out[at + 1] = 0x75;
  out[at + 2] = 0x6c;
  out[at + 3] = 0x6c;
  return at + 4;
}

/** A number without the zeros that ZEROFILL and YEAR put in front of it. */
function writeBare(from: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let first = start;
  while (first < end - 1 && from[first] === 0x30) first++;
  let to = at;
  for (let i = first; i < end; i++) out[to++] = from[i]!;
  return to;
}

function writePlain(from: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let to = at;
  out[to++] = quote;
  for (let i = start; i < end; i++) out[to++] = from[i]!;
  out[to++] = quote;
  return to;
}

function writeText(from: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let to = at;
  out[to++] = quote;
  for (let i = start; i < end; i++) {
    const byte = from[i]!;
    if (escapeOf[byte] === 0) out[to++] = byte;
    else to = writeEscape(byte, out, to);
  }
  out[to++] = quote;
  return to;
}

function writeMapped(
  from: Buffer,
  start: number,
  end: number,
  out: Buffer,
  at: number,
  toUtf8: readonly Buffer[],
): number {
  let to = at;
  out[to++] = quote;
  for (let i = start; i < end; i++) {
    for (const byte of toUtf8[from[i]!]!) {
      if (escapeOf[byte] === 0) out[to++] = byte;
      else to = writeEscape(byte, out, to);
    }
  }
  out[to++] = quote;
  return to;
}

function writeEscape(byte: number, out: Buffer, at: number): number {
  const letter = escapeOf[byte]!;
  out[at] = backslash;
  if (letter !== 1) {
    out[at + 1] = letter;
    return at + 2;
  }
  out[at + 1] = 0x75;
  out[at + 2] = 0x30;
  out[at + 3] = 0x30;
  out[at + 4] = hexDigits[byte >> 4]!;
  out[at + 5] = hexDigits[byte & 15]!;
  return at + 6;
}

function writeHex(from: Buffer, start: number, end: number, out: Buffer, at: number): number {
  let to = at;
  out[to++] = quote;
  if (end - start > smallBytes) {
    for (let piece = start; piece < end; piece += hexPieceBytes) {
      to += out.write(from.toString('hex', piece, Math.min(end, piece + hexPieceBytes)), to, 'latin1');
    }
  } else {
    for (let i = start; i < end; i++) {
      out[to++] = hexDigits[from[i]! >> 4]!;
      out[to++] = hexDigits[from[i]! & 15]!;
    }
  }
  out[to++] = quote;
  return to;
}
