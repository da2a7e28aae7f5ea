import { Buffer, isUtf8 } from 'node:buffer';
import { AppError, InternalError } from '../../errors.ts';
import type { CellEncoding } from '../../snapshot/table.ts';
import { hexValue } from '../../util/hex.ts';

const tab = 0x09;
const lineFeed = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const slash = 0x2f;
const zero = 0x30;
const nine = 0x39;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;

/** Bytes that stand in COPY's text as they stand in a JSON string; the others end a run. */
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[quote] = 0;
isPlain[backslash] = 0;

/** The letters whose escape is the same in JSON and in COPY's text. */
const isSharedEscape = new Uint8Array(256);
for (const letter of '\\bfnrt') isSharedEscape[letter.charCodeAt(0)] = 1;

/** How COPY writes the control characters that it escapes; the others stand in its text raw. */
const copyEscapes = new Map(
  [...'bfnrtv'].map((letter, i) => [[8, 12, 10, 13, 9, 11][i]!, letter.charCodeAt(0)]),
);

const nullToken = Buffer.from('null', 'latin1');
const trueToken = Buffer.from('true', 'latin1');
const falseToken = Buffer.from('false', 'latin1');
/** The largest number of digits that every safe integer of that length stays below. */
const safeDigits = 15;

/** What the cells of a line are, and which of them are left out of COPY's text. */
export interface LineColumn {
  readonly name: string;
  readonly encoding: CellEncoding;
  readonly isSkipped: boolean;
}

/** Turns row lines into the text form of COPY FROM in one pass over the bytes, checking every byte on the way. */
export class LinesToCopyText {
  readonly #columns: readonly LineColumn[];
  readonly #tableName: string;
  readonly #rowsBefore: number;
  #in: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  #at = 0;
  #size = 0;
  #rows = 0;

  /**
   * @param tableName for messages
   * @param rowsBefore how many rows of the table another one has turned; for messages
   */
  constructor(columns: readonly LineColumn[], tableName: string, rowsBefore = 0) {
    const foreign = columns.find((column) => column.encoding === 'cell');
    if (foreign !== undefined)
      throw new InternalError(`PostgreSQL has no columns encoded as cell: ${foreign.name}`);
    this.#columns = columns;
    this.#tableName = tableName;
    this.#rowsBefore = rowsBefore;
  }

  /** How many rows have been turned. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * The text of a chunk of whole lines.
   *
   * @throws AppError SNAPSHOT.CONTENT naming the table, the row and the column
   */
  convert(lines: Buffer): Buffer {
    if (!isUtf8(lines)) throw this.#wrong('text that is not UTF-8');
    this.#in = lines;
    // Nothing grows by more than half: the worst are empty bytes, two quotes that become the three of \\x.
    this.#out = Buffer.allocUnsafeSlow(lines.length * 2);
    this.#at = 0;
    this.#size = 0;
    while (this.#at < lines.length) this.#line();
    return this.#out.subarray(0, this.#size);
  }

  #line(): void {
    this.#expect(openBracket);
    let isFirst = true;
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      if (i > 0) this.#expect(comma);
      const before = this.#size;
      if (!column.isSkipped && !isFirst) this.#out[this.#size++] = tab;
      this.#cell(column);
      if (column.isSkipped) this.#size = before;
      else isFirst = false;
    }
    this.#expect(closeBracket);
    this.#expect(lineFeed);
    this.#out[this.#size++] = lineFeed;
    this.#rows++;
  }

  #cell(column: LineColumn): void {
    const first = this.#in[this.#at];
    if (first === quote && column.encoding === 'text') {
      this.#text(column);
    } else if (first === nullToken[0]) {
      this.#token(nullToken, column);
      this.#out[this.#size++] = backslash;
      this.#out[this.#size++] = 0x4e;
    } else if (first === quote && column.encoding === 'bytes') {
      this.#bytes(column);
    } else if (column.encoding === 'integer') {
      this.#integer(column);
    } else if (column.encoding === 'boolean') {
      const token = first === trueToken[0] ? trueToken : falseToken;
      this.#token(token, column);
      this.#out[this.#size++] = token[0]!;
    } else {
      throw this.#wrong(`a cell that is not ${column.encoding}`, column);
    }
  }

  #text(column: LineColumn): void {
    const input = this.#in;
    const out = this.#out;
    const end = input.length;
    let at = this.#at + 1;
    let size = this.#size;
    for (;;) {
      // Four at a time is half again as fast as one by one.
      while (at + 3 < end) {
        const a = input[at]!;
        const b = input[at + 1]!;
        const c = input[at + 2]!;
        const d = input[at + 3]!;
        if ((isPlain[a]! & isPlain[b]! & isPlain[c]! & isPlain[d]!) === 0) break;
        out[size] = a;
        out[size + 1] = b;
        out[size + 2] = c;
        out[size + 3] = d;
        size += 4;
        at += 4;
      }
      if (at >= end) throw this.#wrong('a line that is cut', column);
      const byte = input[at]!;
      if (isPlain[byte] === 1) {
        out[size++] = byte;
        at++;
      } else if (byte === quote) {
        break;
      } else if (byte === backslash) {
        this.#at = at;
        this.#size = size;
        this.#escape(column);
        at = this.#at;
        size = this.#size;
      } else {
        throw this.#wrong('a raw control character', column);
      }
    }
    this.#at = at + 1;
    this.#size = size;
  }

  #escape(column: LineColumn): void {
    const letter = this.#in[this.#at + 1]!;
    if (isSharedEscape[letter] === 1) {
      this.#out[this.#size++] = backslash;
      this.#out[this.#size++] = letter;
      this.#at += 2;
    } else if (letter === quote || letter === slash) {
      this.#out[this.#size++] = letter;
      this.#at += 2;
    } else if (letter === 0x75) {
      this.#unicode(column);
    } else {
      throw this.#wrong('an unknown escape', column);
    }
  }

  #unicode(column: LineColumn): void {
    const unit = this.#codeUnit(column);
    if (unit === 0) throw this.#wrong('the character U+0000, which PostgreSQL cannot hold', column);
    if (unit < 0xd800 || unit > 0xdfff) {
      this.#character(unit);
      return;
    }
    const isPair = unit < 0xdc00 && this.#in[this.#at] === backslash && this.#in[this.#at + 1] === 0x75;
    const low = isPair ? this.#codeUnit(column) : 0;
    if (low < 0xdc00 || low > 0xdfff) throw this.#wrong('half a surrogate pair', column);
    this.#character(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  }

  #codeUnit(column: LineColumn): number {
    let unit = 0;
    for (let i = this.#at + 2; i < this.#at + 6; i++) {
      const digit = hexValue[this.#in[i] ?? 0]!;
      if (digit < 0) throw this.#wrong('an escape that is cut', column);
      unit = unit * 16 + digit;
    }
    this.#at += 6;
    return unit;
  }

  #character(code: number): void {
    const letter = code === backslash ? backslash : copyEscapes.get(code);
    if (letter !== undefined) {
      this.#out[this.#size++] = backslash;
      this.#out[this.#size++] = letter;
      return;
    }
    this.#size += this.#out.write(String.fromCodePoint(code), this.#size, 'utf8');
  }

  #integer(column: LineColumn): void {
    const input = this.#in;
    const start = this.#at;
    let at = start;
    if (input[at] === minus) this.#out[this.#size++] = input[at++]!;
    const digits = at;
    while (input[at]! >= zero && input[at]! <= nine) this.#out[this.#size++] = input[at++]!;
    const isWhole = at > digits && (input[digits] !== zero || at === digits + 1);
    const isSafe =
      at - digits <= safeDigits || Number.isSafeInteger(Number(input.toString('latin1', start, at)));
    if (!isWhole || !isSafe) throw this.#wrong('a cell that is not integer', column);
    this.#at = at;
  }

  #bytes(column: LineColumn): void {
    const input = this.#in;
    const out = this.#out;
    let at = this.#at + 1;
    const start = at;
    out[this.#size++] = backslash;
    out[this.#size++] = backslash;
    out[this.#size++] = 0x78;
    while (at < input.length && hexValue[input[at]!]! >= 0) out[this.#size++] = input[at++]!;
    if (input[at] !== quote || (at - start) % 2 === 1) throw this.#wrong('a cell that is not bytes', column);
    this.#at = at + 1;
  }

  #token(token: Buffer, column: LineColumn): void {
    for (let i = 0; i < token.length; i++) {
      if (this.#in[this.#at + i] !== token[i])
        throw this.#wrong(`a cell that is not ${column.encoding}`, column);
    }
    this.#at += token.length;
  }

  #expect(byte: number): void {
    if (this.#in[this.#at] !== byte) throw this.#wrong('a line that is not a row of this table');
    this.#at++;
  }

  #wrong(what: string, column?: LineColumn): AppError {
    const place = column === undefined ? '' : `, column ${column.name}`;
    return new AppError(
      'SNAPSHOT.CONTENT',
      `Row ${this.#rowsBefore + this.#rows + 1} of table ${this.#tableName} in the snapshot holds ${what}${place}`,
      { hint: 'Run holdfast validate backup on the snapshot, and restore another one if it is damaged.' },
    );
  }
}
