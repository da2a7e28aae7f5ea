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
    if (bytes[start] !== openBracket) throw notARow(bytes, start);
    let at = start + 1;
    for (let column = 0; column < count; column++) {
      if (column > 0) {
        if (bytes[at] !== comma) throw notARow(bytes, at);
        at++;
      }
      starts[column] = at;
      at = endOfToken(bytes, at);
      ends[column] = at;
    }
    if (bytes[at] !== closeBracket || bytes[at + 1] !== lineFeed) throw notARow(bytes, at);
    return at + 2;
  }
}

function endOfToken(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first === quote) return endOfString(bytes, at);
  if (first === openBrace) return endOfTaggedValue(bytes, at);
  let end = at;
  while (isBare[bytes[end]!] === 1) end++;
  if (end === at) throw notARow(bytes, at);
  return end;
}

/** The offset behind the closing quote of the string that begins at `at`. */
function endOfString(bytes: Buffer, at: number): number {
  let end = at + 1;
  const length = bytes.length;
  for (;;) {
    while (end < length && endsRun[bytes[end]!] === 0) end++;
    const byte = bytes[end];
    if (byte === quote) return end + 1;
    if (byte !== backslash) throw notARow(bytes, end);
    end = endOfEscape(bytes, end);
  }
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
function endOfTaggedValue(bytes: Buffer, at: number): number {
  const isTag =
    bytes[at + 1] === quote && bytes[at + 3] === quote && bytes[at + 4] === 0x3a && bytes[at + 5] === quote;
  if (!isTag) throw notARow(bytes, at);
  const end = endOfString(bytes, at + 5);
  if (bytes[end] !== closeBrace) throw notARow(bytes, end);
  return end + 1;
}

function notARow(bytes: Buffer, at: number): AppError {
  const near = bytes.toString('latin1', Math.max(0, at - 20), at + 20).replace(/[^\x20-\x7e]/g, '?');
  return new AppError('SNAPSHOT.CONTENT', `A row is not what its table says, near: ${near}`);
}
