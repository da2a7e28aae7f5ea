import { hash } from 'node:crypto';
import type { RowLineReader } from './row-line.ts';
import type { KeyComparison } from './table.ts';

/** A column of a key: where it stands in a row line, and which texts of it are one value. */
export interface KeyColumn {
  readonly index: number;
  readonly comparison: KeyComparison;
}

/** Bytes of a key's or a row's digest: enough that two different ones never meet. */
export const digestBytes = 16;

const nullToken = 'null';

/**
 * The key of the row that `line` has just read, as a text that is equal for keys which the database takes for one.
 * Null when a cell is NULL and `nullsAreDistinct`: then no other row has this key.
 */
export function keyText(
  bytes: Buffer,
  line: RowLineReader,
  { columns, nullsAreDistinct = false }: { columns: readonly KeyColumn[]; nullsAreDistinct?: boolean },
): string | null {
  let text = '';
  for (const { index, comparison } of columns) {
    const token = bytes.toString('latin1', line.starts[index], line.ends[index]);
    if (nullsAreDistinct && token === nullToken) return null;
    // No JSON token holds a NUL, so it separates without doubt.
    text += `${normaliseToken(token, comparison)}\0`;
  }
  return text;
}

export function digestOf(content: string | Uint8Array): Buffer {
  return hash('sha256', content, 'buffer').subarray(0, digestBytes);
}

/** `token` is the bytes of a JSON token as latin1 text; the result is for comparing only. */
function normaliseToken(token: string, comparison: KeyComparison): string {
  if (comparison === 'exact' || token === nullToken) return token;
  if (comparison === 'number') return normaliseNumber(token);
  if (comparison === 'ascii-case') return token.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return normaliseText(token, comparison);
}

function normaliseText(token: string, comparison: KeyComparison): string {
  if (!token.startsWith('"')) return token;
  const text = String(JSON.parse(Buffer.from(token, 'latin1').toString('utf8')));
  // A token again: so it holds no NUL, and the text "null" is not NULL.
  return JSON.stringify(foldText(text, comparison));
}

function foldText(text: string, comparison: KeyComparison): string {
  if (comparison === 'trailing-spaces') return text.replace(/ +$/, '');
  if (comparison === 'ignore-case') return text.toLowerCase();
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ +$/, '');
}

const numberPattern = /^(-?)(?=\.?\d)0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const taggedNumberPattern = /^\{"[ir]":"(.*)"\}$/;

/** One text for 1, "1", 1.0, "1.00", 1e0 and {"i":"1"}; anything that is not a number stays as it is. */
function normaliseNumber(token: string): string {
  const content = token.replace(taggedNumberPattern, '$1').replace(/^"(.*)"$/, '$1');
  const match = numberPattern.exec(content);
  if (match === null) return token;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  const scale = Number(exponent) - fraction.length + (digits.length - trimmed.length);
  return `${sign}${trimmed}e${scale}`;
}
