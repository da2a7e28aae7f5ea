import { hexValue } from '../../util/hex.ts';
import type { PostgresColumn } from './columns.ts';

/**
 * The cells of row lines as COPY's binary form has them: what the `…_recv` functions of PostgreSQL's own types read, the
 * same since version 10. A writer takes only what the type's text output prints for ordinary values, byte for byte; it
 * leaves everything else, and all that is wrong, to the text form, where the server reads it.
 */

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const backslash = 0x5c;
const letterU = 0x75;

const two32 = 2 ** 32;
/** Seconds per day times this, and the result times 64, are microseconds; each product is a safe integer. */
const stepsPerSecond = 15_625;
const microsPerStep = 64;
/** Days from 0000-03-01 to 2000-01-01, where PostgreSQL counts from. */
const epochDays = 730_425;
/** An integer of so many digits is a safe one, whatever they are. */
const safeDigits = 15;

/** Room for cells: writers put bytes at `at`, for which the caller has made room, and do not move it. */
export interface CellRoom {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/**
 * Writes the token `input[start, end)` of a line, which is whole, as a cell without its length into `room` from `at` on.
 *
 * @returns the offset behind the cell, or -1 for a token that is left to the text form
 */
type WriteCell = (room: CellRoom, at: number, input: Buffer, start: number, end: number) => number;

/** How the cells of a type are written. */
export interface BinaryCellWriter {
  /** Whether the tokens are JSON strings; others are not for `write`. */
  readonly isQuoted: boolean;
  readonly write: WriteCell;
}

const text: BinaryCellWriter = { isQuoted: true, write: writeText };

/** The oids of built-in types are fixed for ever. */
const oids = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  float8: 701,
  char: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

const writers: Readonly<Record<number, BinaryCellWriter>> = {
  [oids.bool]: { isQuoted: false, write: writeBoolean },
  [oids.bytea]: { isQuoted: true, write: writeBytes },
  [oids.int8]: { isQuoted: true, write: writeInt8 },
  [oids.int2]: { isQuoted: false, write: (...cell) => writeInteger(2, ...cell) },
  [oids.int4]: { isQuoted: false, write: (...cell) => writeInteger(4, ...cell) },
  [oids.text]: text,
  [oids.json]: text,
  [oids.float8]: { isQuoted: true, write: writeFloat8 },
  [oids.char]: text,
  [oids.varchar]: text,
  [oids.date]: { isQuoted: true, write: writeDate },
  [oids.time]: { isQuoted: true, write: writeTime },
  [oids.timestamp]: { isQuoted: true, write: (...cell) => writeTimestamp('', ...cell) },
  [oids.timestamptz]: { isQuoted: true, write: (...cell) => writeTimestamp('+00', ...cell) },
  [oids.numeric]: { isQuoted: true, write: writeNumeric },
  [oids.uuid]: { isQuoted: true, write: writeUuid },
  [oids.jsonb]: { isQuoted: true, write: writeJsonb },
};

/** A cell and its length take at most so many bytes more than the token. */
export const maxCellGrowth = 16;

/** How the cells of a column are written; null where its type has no writer. */
export function binaryWriterOf(
  column: Pick<PostgresColumn, 'typeOid' | 'isEnumeration'>,
): BinaryCellWriter | null {
  return column.isEnumeration ? text : (writers[column.typeOid] ?? null);
}

function writeBoolean({ bytes }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  const token = input.toString('latin1', start, end);
  if (token !== 'true' && token !== 'false') return -1;
  bytes[at] = token === 'true' ? 1 : 0;
  return at + 1;
}

/** A bare integer of two or four bytes. */
function writeInteger(
  size: 2 | 4,
  { view }: CellRoom,
  at: number,
  input: Buffer,
  start: number,
  end: number,
): number {
  const value = readInteger(input, start, end);
  const limit = 2 ** (8 * size - 1);
  // NaN, too, is left to the text form.
  if (!(value >= -limit && value < limit)) return -1;
  if (size === 2) view.setInt16(at, value);
  else view.setInt32(at, value);
  return at + size;
}

function writeInt8({ bytes, view }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  const value = readInteger(input, start + 1, end - 1);
  if (!Number.isNaN(value)) return writeInt64(view, at, Math.floor(value / two32), value);
  const digits = input.toString('latin1', start + 1, end - 1);
  if (!/^-?[1-9]\d{15,18}$/.test(digits)) return -1;
  const large = BigInt(digits);
  if (BigInt.asIntN(64, large) !== large) return -1;
  return bytes.writeBigInt64BE(large, at);
}

/** @param low of which only the lower 32 bits are taken */
function writeInt64(view: DataView, at: number, high: number, low: number): number {
  view.setInt32(at, high);
  view.setUint32(at + 4, low);
  return at + 8;
}

/** NaN for anything but digits without a leading zero, and for more of them than are safe. */
function readInteger(input: Buffer, start: number, end: number): number {
  const isNegative = input[start] === minus;
  const first = isNegative ? start + 1 : start;
  const count = end - first;
  if (count < 1 || count > safeDigits || (input[first] === zero && (count > 1 || isNegative)))
    return Number.NaN;
  const value = readDigits(input, first, end);
  return isNegative ? -value : value;
}

/** NaN where something is no digit. */
function readDigits(input: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = input[at]! - zero;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** The text of a JSON string. PostgreSQL can hold every character but U+0000. */
function writeText({ bytes }: CellRoom, start: number, input: Buffer, from: number, to: number): number {
  const end = to - 1;
  let at = start;
  for (let next = from + 1; next < end; next++) {
    const byte = input[next]!;
    if (byte !== backslash) {
      bytes[at++] = byte;
      continue;
    }
    const letter = input[++next]!;
    if (letter !== letterU) {
      bytes[at++] = unescaped[letter]!;
      continue;
    }
    const isPair = (input[next + 1]! | 0x20) === 0x64 && input[next + 2]! >= 0x38;
    const last = next + (isPair ? 10 : 4);
    const character = JSON.parse(`"${input.toString('latin1', next - 1, last + 1)}"`) as string;
    if (character === '\0') return -1;
    at += bytes.write(character, at, 'utf8');
    next = last;
  }
  return at;
}

const unescaped = new Uint8Array(256);
for (const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, f: 12, r: 13 }))
  unescaped[letter.charCodeAt(0)] = byte;
for (const letter of '"\\/') unescaped[letter.charCodeAt(0)] = letter.charCodeAt(0);

/** A byte that says which version of the form it is, and the text. */
function writeJsonb(room: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  room.bytes[at] = 1;
  return writeText(room, at + 1, input, start, end);
}

function writeBytes({ bytes }: CellRoom, start: number, input: Buffer, from: number, to: number): number {
  const end = to - 1;
  if ((end - from) % 2 === 0) return -1;
  let at = start;
  for (let next = from + 1; next < end; next += 2) {
    const byte = readByte(input, next);
    if (byte < 0) return -1;
    bytes[at++] = byte;
  }
  return at;
}

/** Of two hexadecimal digits; negative where one is none. */
function readByte(input: Buffer, at: number): number {
  return (hexValue[input[at]!]! << 4) | hexValue[input[at + 1]!]!;
}

/** Where the hyphens of a UUID stand, behind the quote. */
const isHyphen = new Uint8Array(64);
for (const place of [9, 14, 19, 24]) isHyphen[place] = 1;

function writeUuid({ bytes }: CellRoom, start: number, input: Buffer, from: number, to: number): number {
  if (to - from !== 38) return -1;
  let at = start;
  for (let place = 1; place < 37; place += 2) {
    if (isHyphen[place] === 1 && input[from + place++] !== minus) return -1;
    const byte = readByte(input, from + place);
    if (byte < 0) return -1;
    bytes[at++] = byte;
  }
  return at;
}

const plainFloat = /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/;

/** The text of a float8 is read by the same rule everywhere: the nearest double. */
function writeFloat8({ view }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  const text = input.toString('latin1', start + 1, end - 1);
  const value = plainFloat.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) return -1;
  view.setFloat64(at, value);
  return at + 8;
}

/** Days since 2000-01-01 of `YYYY-MM-DD` at `at`; NaN for all else. */
function readDate(input: Buffer, at: number): number {
  if (input[at + 4] !== minus || input[at + 7] !== minus) return Number.NaN;
  const year = readDigits(input, at, at + 4);
  const month = readDigits(input, at + 5, at + 7);
  const day = readDigits(input, at + 8, at + 10);
  if (!(year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return Number.NaN;
  // Years that begin in March have their odd day at the end.
  const shifted = month > 2 ? year : year - 1;
  const monthDays = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + monthDays + day - 1 - epochDays;
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function writeDate({ view }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  const days = readDate(input, start + 1);
  if (end - start !== 12 || Number.isNaN(days)) return -1;
  view.setInt32(at, days);
  return at + 4;
}

/** Seconds of the day of `HH:MM:SS` at `at`; NaN for all else. */
function readSeconds(input: Buffer, at: number): number {
  if (input[at + 2] !== colon || input[at + 5] !== colon) return Number.NaN;
  const hours = readDigits(input, at, at + 2);
  const minutes = readDigits(input, at + 3, at + 5);
  const seconds = readDigits(input, at + 6, at + 8);
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : Number.NaN;
}

/** Microseconds of `.ffffff` with one to six digits that fills `[start, end)`, 0 where that is empty; NaN for all else. */
function readMicros(input: Buffer, start: number, end: number): number {
  if (start === end) return 0;
  const digits = end - start - 1;
  if (input[start] !== point || digits < 1 || digits > 6) return Number.NaN;
  return readDigits(input, start + 1, end) * 10 ** (6 - digits);
}

function writeTime({ view }: CellRoom, at: number, input: Buffer, start: number, end: number): number {
  if (end - start < 10) return -1;
  const value = readSeconds(input, start + 1) * 1_000_000 + readMicros(input, start + 9, end - 1);
  return Number.isNaN(value) ? -1 : writeInt64(view, at, Math.floor(value / two32), value);
}

/** @param zone what stands behind the time in every text of the type, as the session's time zone is UTC */
function writeTimestamp(
  zone: string,
  { view }: CellRoom,
  at: number,
  input: Buffer,
  start: number,
  end: number,
): number {
  const last = end - 1 - zone.length;
  if (last - start < 20 || input[start + 11] !== 0x20) return -1;
  for (let i = 0; i < zone.length; i++) if (input[last + i] !== zone.charCodeAt(i)) return -1;
  const seconds = readDate(input, start + 1) * 86_400 + readSeconds(input, start + 12);
  const micros = readMicros(input, start + 20, last);
  if (Number.isNaN(seconds + micros)) return -1;
  // Microseconds themselves are no safe integers beyond 285 years.
  const steps = seconds * stepsPerSecond;
  const high = Math.floor(steps / (two32 / microsPerStep));
  const low = (steps - high * (two32 / microsPerStep)) * microsPerStep + micros;
  return low < two32 ? writeInt64(view, at, high, low) : writeInt64(view, at, high + 1, low - two32);
}

const numericHeadBytes = 8;
const negativeSign = 0x4000;
/** Four decimal digits make one of a numeric. */
const groupDigits = 4;
/** Longer ones are rare, and the server's limits are its own. */
const maxNumericDigits = 1000;

/** How many groups there are, the weight of the first, the sign, how many decimals are shown, then the groups. */
function writeNumeric({ view }: CellRoom, start: number, input: Buffer, from: number, to: number): number {
  const end = to - 1;
  const isNegative = input[from + 1] === minus;
  const first = from + (isNegative ? 2 : 1);
  let dot = first;
  while (dot < end && input[dot] !== point) dot++;
  const wholeDigits = dot - first;
  const decimals = dot === end ? 0 : end - dot - 1;
  const isCanonical = wholeDigits > 0 && (input[first] !== zero || wholeDigits === 1);
  if (!isCanonical || (dot < end && decimals === 0) || end - first > maxNumericDigits) return -1;
  let at = start + numericHeadBytes;
  for (let next = first; next < dot; ) {
    const groupEnd = next + ((dot - next) % groupDigits || groupDigits);
    const group = readDigits(input, next, groupEnd);
    if (Number.isNaN(group)) return -1;
    view.setInt16(at, group);
    at += 2;
    next = groupEnd;
  }
  for (let next = dot + 1; next < end; next += groupDigits) {
    const groupEnd = Math.min(next + groupDigits, end);
    const group = readDigits(input, next, groupEnd) * 10 ** (next + groupDigits - groupEnd);
    if (Number.isNaN(group)) return -1;
    view.setInt16(at, group);
    at += 2;
  }
  view.setInt16(start, (at - start - numericHeadBytes) / 2);
  view.setInt16(start + 2, Math.ceil(wholeDigits / groupDigits) - 1);
  view.setInt16(start + 4, isNegative ? negativeSign : 0);
  view.setInt16(start + 6, decimals);
  return at;
}
