import type { Affinity } from './affinity.ts';
import { type CellKind, tagEnd, tagStart } from './cell-kind.ts';

/** A JSON token: `bytes[start, end)`. */
export interface CellPlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const zero = 0x30;
const backslash = 0x5c;
const letterE = 0x65;

/** Nearer to zero than what a double of so few digits rounds to a whole number. */
const shortLength = 15;

const isNumberByte = new Uint8Array(256);
for (const char of '0123456789+-.eE ') isNumberByte[char.charCodeAt(0)] = 1;

const numberPattern = /^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?\s*$/i;

/**
 * Whether a column of this affinity stores the cell as it is: `no` when SQLite would convert it, `perhaps` when only
 * SQLite can tell. Values that would be converted exist where a column's type was changed in place.
 */
export function keepsCell(affinity: Affinity, kind: CellKind, place: CellPlace): 'yes' | 'no' | 'perhaps' {
  if (affinity === 'blob' || kind === 'null' || kind === 'blob') return 'yes';
  if (affinity === 'text') return kind === 'text' || kind === 'odd text' ? 'yes' : 'no';
  switch (kind) {
    case 'text':
      return mayBeNumber(place) ? 'perhaps' : 'yes';
    case 'odd text':
      return 'yes';
    case 'integer':
    case 'big integer':
      return affinity === 'real' ? 'no' : 'yes';
    case 'special real':
      return isNegativeZero(place) ? 'no' : 'yes';
    case 'real':
      return affinity !== 'real' && mayBeWhole(place) ? 'perhaps' : 'yes';
  }
}

/** Whether SQLite might read a number out of the string token; escaped characters might be white space. */
function mayBeNumber({ bytes, start, end }: CellPlace): boolean {
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at]!;
    if (byte === backslash) return true;
    if (isNumberByte[byte] === 0) return false;
  }
  return numberPattern.test(bytes.toString('latin1', start + 1, end - 1));
}

function isNegativeZero({ bytes, start, end }: CellPlace): boolean {
  return bytes.toString('latin1', start + tagStart, end - tagEnd) === '-0.0';
}

/** Nearly all reals are short and end with a digit after the point that makes them no whole number. */
function mayBeWhole({ bytes, start, end }: CellPlace): boolean {
  const isFraction = end - start <= shortLength && bytes[end - 1] !== zero && !hasExponent(bytes, start, end);
  return !isFraction && Number.isInteger(Number(bytes.toString('latin1', start, end)));
}

function hasExponent(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === letterE) return true;
  }
  return false;
}
