import { AppError } from '../errors.ts';

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const lineFeed = 0x0a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Bytes that may stand in a bare token: numbers, true, false, null. */
const isBare = tableOf('0123456789+-.eEtrufalsn');

/** Letters that may follow a backslash, but for the `u` of a code unit. */
const isEscapable = tableOf('"\\/bfnrt');
const letterU = 0x75;
const letterD = 0x64;
const digit8 = 0x38;
const surrogatePair = /^\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}$/i;

/** The digits of hexadecimal numbers. */
export const isHex: Readonly<Uint8Array> = tableOf('0123456789abcdefABCDEF');

function tableOf(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of chars) table[char.charCodeAt(0)] = 1;
  return table;
}

/** Bytes that end the plain run of a string: the quote, the backslash, and the control characters JSON forbids raw. */
const endsRun = new Uint8Array(256).fill(1, 0, 0x20);
endsRun[quote] = 1;
endsRun[backslash] = 1;

/**
 * Finds the cells of row lines without decoding them. One instance is reused for all lines of a table: after `read`,
 * cell `i` is the JSON token in `bytes[starts[i], ends[i])`.
 */
export class RowLineReader {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #columnCount: number;
  #text: LineText = textOf(Buffer.alloc(0));

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    this.starts = new Int32Array(columnCount);
    this.ends = new Int32Array(columnCount);
  }

  /**
   * Reads the line that begins at `start`: a JSON array of exactly the expected number of cells, without white space
   * outside strings, and a line feed.
   *
   * @returns the offset behind the line feed
   * @throws AppError SNAPSHOT.CONTENT
   */
  read(bytes: Buffer, start: number): number {
    const { starts, ends } = this;
    const count = this.#columnCount;
    if (this.#text.bytes !== bytes) this.#text = textOf(bytes);
    const text = this.#text;
    if (bytes[start] !== openBracket) throw notARow(bytes, start);
    let at = start + 1;
    for (let column = 0; column < count; column++) {
      if (column > 0) {
        if (bytes[at] !== comma) throw notARow(bytes, at);
        at++;
      }
      starts[column] = at;
      at = endOfToken(text, at);
      ends[column] = at;
    }
    if (bytes[at] !== closeBracket || bytes[at + 1] !== lineFeed) throw notARow(bytes, at);
    return at + 2;
  }
}

/** The same bytes twice: one by one, and by fours. */
interface LineText {
  readonly bytes: Buffer;
  readonly view: DataView;
}

function textOf(bytes: Buffer): LineText {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

function endOfToken(text: LineText, at: number): number {
  const { bytes } = text;
  const first = bytes[at];
  if (first === quote) return endOfString(text, at);
  if (first === openBrace) return endOfTaggedValue(text, at);
  let end = at;
  while (isBare[bytes[end]!] === 1) end++;
  if (end === at) throw notARow(bytes, at);
  return end;
}

/** The offset behind the closing quote of the string that begins at `at`. */
function endOfString(text: LineText, at: number): number {
  const { bytes } = text;
  let end = at + 1;
  for (;;) {
    end = endOfRun(text, end);
    const byte = bytes[end];
    if (byte === quote) return end + 1;
    if (byte !== backslash) throw notARow(bytes, end);
    end = endOfEscape(bytes, end);
  }
}

/** The offset of the first byte from `at` on that ends a plain run. Four bytes at a time: most bytes are in strings. */
function endOfRun({ bytes, view }: LineText, at: number): number {
  const length = bytes.length;
  let end = at;
  while (end + 4 <= length && isPlain(view.getInt32(end))) end += 4;
  while (end < length && endsRun[bytes[end]!] === 0) end++;
  return end;
}

/**
 * Whether none of four bytes ends a plain run. A byte below n is one whose highest bit is 0 and becomes 1 when n is
 * subtracted; a quote or a backslash is one that is below 1 where its own bits are flipped. What a byte borrows from
 * the next is only wrong when that byte itself was found.
 */
function isPlain(word: number): boolean {
  const quotes = (word ^ 0x22222222) - 0x01010101;
  const backslashes = (word ^ 0x5c5c5c5c) - 0x01010101;
  return (((word - 0x20202020) | quotes | backslashes) & ~word & 0x80808080) === 0;
}

/** The offset behind the escape whose backslash is at `at`; the two escapes of a surrogate pair count as one. */
function endOfEscape(bytes: Buffer, at: number): number {
  const letter = bytes[at + 1]!;
  if (letter !== letterU) {
    if (isEscapable[letter] !== 1) throw notARow(bytes, at);
    return at + 2;
  }
  for (let digit = at + 2; digit < at + 6; digit++) {
    if (isHex[bytes[digit]!] !== 1) throw notARow(bytes, at);
  }
  const isBasic = (bytes[at + 2]! | 0x20) !== letterD || bytes[at + 3]! < digit8;
  return isBasic ? at + 6 : endOfSurrogates(bytes, at);
}

/** The offset behind the surrogate pair at `at`. Half a pair is no text: no database could store it as it is. */
function endOfSurrogates(bytes: Buffer, at: number): number {
  const end = at + 12;
  if (!surrogatePair.test(bytes.toString('latin1', at, end))) throw notARow(bytes, at);
  return end;
}

/** `{"b":"…"}` and its like: one key of one letter, one string. */
function endOfTaggedValue(text: LineText, at: number): number {
  const { bytes } = text;
  const isTag =
    bytes[at + 1] === quote && bytes[at + 3] === quote && bytes[at + 4] === 0x3a && bytes[at + 5] === quote;
  if (!isTag) throw notARow(bytes, at);
  const end = endOfString(text, at + 5);
  if (bytes[end] !== closeBrace) throw notARow(bytes, end);
  return end + 1;
}

function notARow(bytes: Buffer, at: number): AppError {
  const near = bytes.toString('latin1', Math.max(0, at - 20), at + 20).replace(/[^\x20-\x7e]/g, '?');
  return new AppError('SNAPSHOT.CONTENT', `A row is not what its table says, near: ${near}`);
}
