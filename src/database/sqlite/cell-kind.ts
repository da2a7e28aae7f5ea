import { AppError } from '../../errors.ts';

/** What a JSON token of a row line is as a value of SQLite. */
export type CellKind =
  | 'null'
  | 'text'
  | 'integer'
  | 'real'
  | 'big integer'
  | 'special real'
  | 'blob'
  | 'odd text';

const quote = 0x22;
const brace = 0x7b;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const letterN = 0x6e;

/** A number of so few characters is a safe integer, or a real that a double can hold. */
const shortLength = 15;

const realPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/;

/** `{"x":"` and `"}` around the content of a tagged cell. */
export const tagStart = 6;
export const tagEnd = 2;

const isHex = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') isHex[digit.charCodeAt(0)] = 1;

/**
 * The kind of the token in `bytes[start, end)`, which is checked to be one that the format knows and SQLite can hold.
 *
 * @throws AppError SNAPSHOT.CONTENT
 */
export function kindOfCell(bytes: Buffer, start: number, end: number): CellKind {
  const first = bytes[start]!;
  if (first === quote) return 'text';
  if (first === minus || (first >= zero && first <= nine)) return kindOfNumber(bytes, start, end);
  if (first === letterN && isNull(bytes, start, end)) return 'null';
  if (first === brace) return kindOfTagged(bytes, start, end);
  throw notACell(bytes, start, end);
}

function isNull(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 4 && bytes.readUInt32BE(start) === 0x6e756c6c;
}

/** Short numbers, which are nearly all, are checked without making a string of them. */
function kindOfNumber(bytes: Buffer, start: number, end: number): CellKind {
  const lead = bytes[start] === minus ? start + 1 : start;
  const isPlain = end - start <= shortLength && bytes[lead]! > zero;
  if (!isPlain) return kindOfNumberText(bytes, start, end);
  let dots = 0;
  for (let at = lead; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= zero && byte <= nine) continue;
    if (byte !== dot || at === end - 1) return kindOfNumberText(bytes, start, end);
    dots++;
  }
  if (dots > 1) throw notACell(bytes, start, end);
  return dots === 1 ? 'real' : 'integer';
}

function kindOfNumberText(bytes: Buffer, start: number, end: number): CellKind {
  const text = bytes.toString('latin1', start, end);
  const value = Number(text);
  // A negative zero is a special real: SQLite's own reader would not always keep the sign.
  if (!realPattern.test(text) || Object.is(value, -0)) throw notACell(bytes, start, end);
  const isReal = /[.e]/.test(text);
  if (isReal ? Number.isFinite(value) : Number.isSafeInteger(value)) return isReal ? 'real' : 'integer';
  throw notACell(bytes, start, end);
}

function kindOfTagged(bytes: Buffer, start: number, end: number): CellKind {
  const tag = String.fromCharCode(bytes[start + 2]!);
  if (tag === 'b' || tag === 't') {
    if (isHexText(bytes, start + tagStart, end - tagEnd)) return tag === 'b' ? 'blob' : 'odd text';
    throw notACell(bytes, start, end);
  }
  const content = bytes.toString('latin1', start + tagStart, end - tagEnd);
  if (tag === 'i' && isBigInteger(content)) return 'big integer';
  if (tag === 'r' && /^(?:-?Infinity|-0\.0)$/.test(content)) return 'special real';
  throw notACell(bytes, start, end);
}

function isHexText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (isHex[bytes[at]!] === 0) return false;
  }
  return (end - start) % 2 === 0;
}

function isBigInteger(content: string): boolean {
  return /^-?[1-9][0-9]{15,18}$/.test(content) && BigInt.asIntN(64, BigInt(content)) === BigInt(content);
}

/** A token as it stands, for a message. */
export function notACell(bytes: Buffer, start: number, end: number): AppError {
  const near = bytes.toString('latin1', start, Math.min(end, start + 40)).replace(/[^\x20-\x7e]/g, '?');
  return new AppError('SNAPSHOT.CONTENT', `A row holds what no column can hold: ${near}`);
}
