import { AppError } from '../../errors.ts';
import type { Affinity } from './affinity.ts';

/** What a JSON token of a row line is as a value of SQLite. */
export type CellKind = 'null' | 'text' | 'integer' | 'real' | 'tagged';

/** A JSON token: `bytes[start, end)`. */
export interface CellPlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const brace = 0x7b;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const backslash = 0x5c;
const letterE = 0x65;
const letterN = 0x6e;
const letterU = 0x75;

const tagContent: ReadonlyMap<string, RegExp> = new Map([
  ['b', /^(?:[0-9a-fA-F]{2})*$/],
  ['t', /^(?:[0-9a-fA-F]{2})*$/],
  ['i', /^-?[1-9][0-9]{15,18}$/],
  ['r', /^(?:Infinity|-Infinity|-0\.0)$/],
]);

/** Whatever number is written in so few characters, a double holds its whole part and knows whether it has another. */
const shortLength = 15;

const isHex = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') isHex[digit.charCodeAt(0)] = 1;

const isNumberByte = new Uint8Array(256);
for (const char of '0123456789+-.eE ') isNumberByte[char.charCodeAt(0)] = 1;

const isEscape = new Uint8Array(256);
for (const letter of '"\\/bfnrtu') isEscape[letter.charCodeAt(0)] = 1;

/**
 * The kind of the token in `bytes[start, end)`, which is checked to be one that the format knows.
 *
 * @throws AppError SNAPSHOT.CONTENT
 */
export function kindOfCell(bytes: Buffer, start: number, end: number): CellKind {
  const first = bytes[start]!;
  if (first === quote) return 'text';
  if (first === minus || (first >= zero && first <= nine)) return kindOfNumber(bytes, start, end);
  if (first === letterN && bytes.toString('latin1', start, end) === 'null') return 'null';
  if (first === brace && isTag(bytes, start, end)) return 'tagged';
  throw notACell(bytes, start, end);
}

function kindOfNumber(bytes: Buffer, start: number, end: number): CellKind {
  const lead = bytes[start] === minus ? start + 1 : start;
  let dots = 0;
  for (let at = lead; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= zero && byte <= nine) continue;
    if (byte !== dot || at === lead || at === end - 1) return checkReal(bytes, start, end);
    dots++;
  }
  const hasLeadingZero = bytes[lead] === zero && end - lead > 1 && bytes[lead + 1] !== dot;
  if (dots > 1 || hasLeadingZero || lead === end) throw notACell(bytes, start, end);
  if (dots === 1) return end - start > shortLength ? checkReal(bytes, start, end) : 'real';
  const isNegativeZero = lead > start && bytes[lead] === zero;
  const isSafe =
    end - start <= shortLength || Number.isSafeInteger(Number(bytes.toString('latin1', start, end)));
  if (isNegativeZero || !isSafe) throw notACell(bytes, start, end);
  return 'integer';
}

const realPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/;

function checkReal(bytes: Buffer, start: number, end: number): CellKind {
  const text = bytes.toString('latin1', start, end);
  if (realPattern.test(text) && Number.isFinite(Number(text))) return 'real';
  throw notACell(bytes, start, end);
}

function isTag(bytes: Buffer, start: number, end: number): boolean {
  const tag = String.fromCharCode(bytes[start + 2]!);
  const contentStart = start + 6;
  const contentEnd = end - 2;
  if (tag !== 'b' && tag !== 't')
    return tagContent.get(tag)?.test(bytes.toString('latin1', contentStart, contentEnd)) ?? false;
  if ((contentEnd - contentStart) % 2 === 1) return false;
  for (let at = contentStart; at < contentEnd; at++) {
    if (isHex[bytes[at]!] === 0) return false;
  }
  return true;
}

/**
 * Checks every escape sequence in row lines: SQLite's own reader is more liberal than JSON, and would store half a
 * surrogate pair as a text that is not UTF-8.
 *
 * @throws AppError SNAPSHOT.CONTENT
 */
export function checkEscapes(lines: Buffer): void {
  for (let at = lines.indexOf(backslash); at >= 0; at = lines.indexOf(backslash, at)) {
    const letter = lines[at + 1]!;
    if (isEscape[letter] !== 1) throw notACell(lines, at, at + 2);
    at += letter === letterU ? lengthOfUnicodeEscape(lines, at) : 2;
  }
}

const unicodeEscape = /^\\u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(?!d[89a-f])[0-9a-f]{4})/i;

function lengthOfUnicodeEscape(lines: Buffer, at: number): number {
  const match = unicodeEscape.exec(lines.toString('latin1', at, at + 12));
  if (match === null) throw notACell(lines, at, at + 12);
  return match[0].length;
}

/**
 * Whether a column of this affinity stores the cell as it is: `no` when SQLite would convert it, `perhaps` when only
 * SQLite can tell. Such values exist where a column's type was changed in place.
 */
export function keepsCell(
  affinity: Affinity,
  kind: CellKind,
  { bytes, start, end }: CellPlace,
): 'yes' | 'no' | 'perhaps' {
  if (affinity === 'blob' || kind === 'null') return 'yes';
  const tag = kind === 'tagged' ? bytes[start + 2] : 0;
  const isNumber = kind === 'integer' || kind === 'real' || tag === 0x69 || tag === 0x72;
  if (affinity === 'text') return isNumber ? 'no' : 'yes';
  if (kind === 'text') return mayBeNumber(bytes, start, end) ? 'perhaps' : 'yes';
  if (kind === 'integer' || tag === 0x69) return affinity === 'real' ? 'no' : 'yes';
  if (tag === 0x72) return bytes.toString('latin1', start + 6, end - 2) === '-0.0' ? 'no' : 'yes';
  if (kind === 'real' && affinity !== 'real') return mayBeWhole(bytes, start, end) ? 'perhaps' : 'yes';
  return 'yes';
}

const numberPattern = /^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?\s*$/i;

/** Whether SQLite might read a number out of the string token; escaped characters might be white space. */
function mayBeNumber(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start + 1; at < end - 1; at++) {
    if (bytes[at] === backslash) return true;
    if (isNumberByte[bytes[at]!] === 0) return false;
  }
  return numberPattern.test(bytes.toString('latin1', start + 1, end - 1));
}

function mayBeWhole(bytes: Buffer, start: number, end: number): boolean {
  const isShort = end - start <= shortLength && !bytes.subarray(start, end).includes(letterE);
  if (isShort && bytes[end - 1] !== zero) return false;
  return Number.isInteger(Number(bytes.toString('latin1', start, end)));
}

function notACell(bytes: Buffer, start: number, end: number): AppError {
  const near = bytes.toString('latin1', start, Math.min(end, start + 40)).replace(/[^\x20-\x7e]/g, '?');
  return new AppError('SNAPSHOT.CONTENT', `A row holds a value that no column can have: ${near}`);
}
