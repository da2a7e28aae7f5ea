import type { CellRoom } from './cell-room.ts';

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;

export const two32 = 2 ** 32;
/** An integer of so many digits is a safe one, whatever they are. */
const safeDigits = 15;

/** A bare integer of two or four bytes. */
export function writeInteger(
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

export function writeInt8(
  { bytes, view }: CellRoom,
  at: number,
  input: Buffer,
  start: number,
  end: number,
): number {
  const value = readInteger(input, start + 1, end - 1);
  if (!Number.isNaN(value)) return writeInt64(view, at, Math.floor(value / two32), value);
  const digits = input.toString('latin1', start + 1, end - 1);
  if (!/^-?[1-9]\d{15,18}$/.test(digits)) return -1;
  const large = BigInt(digits);
  if (BigInt.asIntN(64, large) !== large) return -1;
  return bytes.writeBigInt64BE(large, at);
}

/** @param low of which only the lower 32 bits are taken */
export function writeInt64(view: DataView, at: number, high: number, low: number): number {
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
export function readDigits(input: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = input[at]! - zero;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

const plainFloat = /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/;

/** The text of a float8 is read by the same rule everywhere: the nearest double. */
export function writeFloat8(
  { view }: CellRoom,
  at: number,
  input: Buffer,
  start: number,
  end: number,
): number {
  const text = input.toString('latin1', start + 1, end - 1);
  const value = plainFloat.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) return -1;
  view.setFloat64(at, value);
  return at + 8;
}

const numericHeadBytes = 8;
const negativeSign = 0x4000;
/** Four decimal digits make one of a numeric. */
const groupDigits = 4;
/** Longer ones are rare, and the server's limits are its own. */
const maxNumericDigits = 1000;

/** How many groups there are, the weight of the first, the sign, how many decimals are shown, then the groups. */
export function writeNumeric(
  { view }: CellRoom,
  start: number,
  input: Buffer,
  from: number,
  to: number,
): number {
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
