import { hexValue } from '../../util/hex.ts';
import type { SqlBuffer } from './sql-buffer.ts';

const quote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;

/** Bytes that stop the copy of a JSON string into a SQL string. */
const needsCare = new Uint8Array(256);
needsCare[apostrophe] = 1;
needsCare[backslash] = 1;

/** Escapes that mean the same in JSON and in SQL. */
const sharedEscapes = new Uint8Array(256);
for (const letter of 'bnrt"\\') sharedEscapes[letter.charCodeAt(0)] = 1;

/** Bytes of dates, times, UUIDs and addresses. */
const isPlain = new Uint8Array(256);
for (const letter of '0123456789abcdefABCDEF:-. ') isPlain[letter.charCodeAt(0)] = 1;

/**
 * One for each kind of cell: writes the token `bytes[start, end)` of a row line as SQL into room that is reserved, and
 * returns the new end of the SQL, or -1 when the token is not such a cell.
 */
export const literalWriters = {
  integer: writeInteger,
  numeric: writeNumeric,
  real: writeReal,
  plain: writePlain,
  text: writeText,
  label: writeText,
  labelNumber: writeInteger,
  bytes: writeBytes,
  bit: writeBit,
} as const;

function writeInteger({ bytes: sql, at }: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  if (endOfDigits(bytes, start + (bytes[start] === 0x2d ? 1 : 0), end) !== end) return -1;
  return at + bytes.copy(sql, at, start, end);
}

/** The text of a number stands without quotes: as a string it would be compared with numbers as a double. */
function writeNumeric({ bytes: sql, at }: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  const last = end - 1;
  if (end - start < 3 || bytes[start] !== quote || bytes[last] !== quote) return -1;
  let next = endOfDigits(bytes, start + (bytes[start + 1] === 0x2d ? 2 : 1), last);
  if (next > 0 && bytes[next] === 0x2e) next = endOfDigits(bytes, next + 1, last);
  if (next > 0 && (bytes[next]! | 0x20) === 0x65) {
    const sign = bytes[next + 1];
    next = endOfDigits(bytes, next + (sign === 0x2b || sign === 0x2d ? 2 : 1), last);
  }
  if (next !== last) return -1;
  return at + bytes.copy(sql, at, start + 1, last);
}

/** With an exponent the server reads a double, without a detour over a decimal, which has no -0. */
function writeReal(out: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  const to = writeNumeric(out, bytes, start, end);
  if (to < 0 || hasExponent(bytes, start, end)) return to;
  return to + out.bytes.write('e0', to, 'latin1');
}

function hasExponent(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at]! | 0x20) === 0x65) return true;
  return false;
}

/** The offset behind at least one digit, or -1. */
function endOfDigits(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
  return at === start ? -1 : at;
}

function writePlain({ bytes: sql, at }: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== quote) return -1;
  let to = at;
  sql[to++] = apostrophe;
  for (let i = start + 1; i < end - 1; i++) {
    const byte = bytes[i]!;
    if (isPlain[byte] === 0) return -1;
    sql[to++] = byte;
  }
  sql[to++] = apostrophe;
  return to;
}

/** Escapes of JSON and characters that SQL escapes; all other bytes stay what they are. */
export function writeText({ bytes: sql, at }: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== quote) return -1;
  let to = at;
  sql[to++] = apostrophe;
  const last = end - 1;
  for (let i = start + 1; i < last; i++) {
    const byte = bytes[i]!;
    if (needsCare[byte] === 0) {
      sql[to++] = byte;
      continue;
    }
    if (byte === apostrophe) {
      sql[to++] = backslash;
      sql[to++] = apostrophe;
      continue;
    }
    const letter = bytes[++i]!;
    if (sharedEscapes[letter] === 1) {
      sql[to++] = backslash;
      sql[to++] = letter;
      continue;
    }
    const unit = readEscape(bytes, i);
    if (unit < 0) return -1;
    if (letter === 0x75) i += isHighSurrogate(unit) ? 10 : 4;
    const character = isHighSurrogate(unit) ? joinSurrogates(unit, bytes, i - 5) : unit;
    if (character < 0 || isLowSurrogate(character) || i >= last) return -1;
    to = writeCharacter(character, sql, to);
  }
  sql[to++] = apostrophe;
  return to;
}

/** The UTF-16 code unit of the escape whose letter stands at `at`, or -1. */
function readEscape(bytes: Buffer, at: number): number {
  const letter = bytes[at];
  if (letter === 0x2f) return 0x2f;
  if (letter === 0x66) return 0x0c;
  return letter === 0x75 ? readFourDigits(bytes, at + 1) : -1;
}

function readFourDigits(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = hexValue[bytes[i] ?? 0]!;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The code point of a high surrogate and of the escape `\uXXXX` whose backslash stands at `at`; -1 when it is alone. */
function joinSurrogates(high: number, bytes: Buffer, at: number): number {
  if (bytes[at] !== backslash || bytes[at + 1] !== 0x75) return -1;
  const low = readFourDigits(bytes, at + 2);
  if (!isLowSurrogate(low)) return -1;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** One character as UTF-8, escaped for SQL. */
function writeCharacter(character: number, sql: Buffer, at: number): number {
  if (character < 0x80) return writeByte(character, sql, at);
  return at + sql.write(String.fromCodePoint(character), at, 'utf8');
}

/** One byte inside a SQL string; the new end. */
export function writeByte(byte: number, sql: Buffer, at: number): number {
  if (byte !== 0 && byte !== apostrophe && byte !== backslash) {
    sql[at] = byte;
    return at + 1;
  }
  sql[at] = backslash;
  sql[at + 1] = byte === 0 ? 0x30 : byte;
  return at + 2;
}

function writeBytes({ bytes: sql, at }: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  const digits = end - start - 2;
  if (bytes[start] !== quote || digits < 0 || digits % 2 !== 0) return -1;
  let to = at + sql.write("_binary'", at, 'latin1');
  for (let i = start + 1; i < end - 1; i += 2) {
    const high = hexValue[bytes[i]!]!;
    const low = hexValue[bytes[i + 1]!]!;
    if (high < 0 || low < 0) return -1;
    to = writeByte((high << 4) | low, sql, to);
  }
  sql[to++] = apostrophe;
  return to;
}

/** Bits as a number: as a string of bytes they would be compared with the column as text. */
function writeBit({ bytes: sql, at }: SqlBuffer, bytes: Buffer, start: number, end: number): number {
  const digits = bytes.toString('latin1', start + 1, end - 1);
  if (bytes[start] !== quote || !/^([0-9a-f]{2}){1,8}$/i.test(digits)) return -1;
  return at + sql.write(BigInt(`0x${digits}`).toString(), at, 'latin1');
}
