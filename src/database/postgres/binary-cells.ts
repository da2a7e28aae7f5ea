import { hexValue } from '../../util/hex.ts';
import { writeFloat8, writeInt8, writeInteger, writeNumeric } from './binary-numbers.ts';
import { writeDate, writeTime, writeTimestamp } from './binary-times.ts';
import type { CellRoom, WriteCell } from './cell-room.ts';
import type { PostgresColumn } from './columns.ts';

/**
 * The cells of row lines as COPY's binary form has them: what the `…_recv` functions of PostgreSQL's own types read, the
 * same since version 10. A writer takes only what the type's text output prints for ordinary values, byte for byte; it
 * leaves everything else, and all that is wrong, to the text form, where the server reads it.
 */

const minus = 0x2d;
const backslash = 0x5c;
const letterU = 0x75;

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
