import { isUtf8 } from 'node:buffer';
import { AppError } from '../errors.ts';
import { isHex, RowLineReader } from './row-line.ts';
import type { RowChunk } from './rows.ts';
import type { CellEncoding } from './table.ts';

const quote = 0x22;
const openBrace = 0x7b;
const letterN = 0x6e;
const minus = 0x2d;
const dot = 0x2e;
const digit0 = 0x30;
const digit9 = 0x39;
/** Every integer of so many digits is a safe one. */
const safeDigits = 15;
const nullToken = Buffer.from('null');
const trueToken = Buffer.from('true');
const falseToken = Buffer.from('false');
const realPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/;
/** More than any double needs: its longest plain form has 309 digits before the point. */
const maxNumberLength = 400;

/**
 * Checks rows against the encodings of their columns (docs/FORMAT.md), so that nothing that a database writes later
 * can be anything but a value.
 */
export class RowCheck {
  readonly #encodings: readonly CellEncoding[];
  readonly #line: RowLineReader;

  constructor(encodings: readonly CellEncoding[]) {
    this.#encodings = encodings;
    this.#line = new RowLineReader(encodings.length);
  }

  /** @throws AppError SNAPSHOT.CONTENT for the first row that is not what its columns say */
  check(chunk: RowChunk): void {
    const { bytes } = chunk;
    if (!isUtf8(bytes)) throw new AppError('SNAPSHOT.CONTENT', 'A row is not valid UTF-8');
    let at = 0;
    let rows = 0;
    while (at < bytes.length) {
      at = this.#line.read(bytes, at);
      this.#checkCells(bytes);
      rows++;
    }
    if (rows !== chunk.rows) throw new AppError('SNAPSHOT.CONTENT', 'Rows are missing between line feeds');
  }

  #checkCells(bytes: Buffer): void {
    const { starts, ends } = this.#line;
    for (let column = 0; column < this.#encodings.length; column++) {
      const start = starts[column]!;
      const end = ends[column]!;
      if (!isCell(bytes, start, end, this.#encodings[column]!)) {
        const token = bytes.toString('latin1', start, Math.min(end, start + 40));
        throw new AppError(
          'SNAPSHOT.CONTENT',
          `A cell of column ${column + 1} is not ${this.#encodings[column]}: ${token}`,
        );
      }
    }
  }
}

function isCell(bytes: Buffer, start: number, end: number, encoding: CellEncoding): boolean {
  const first = bytes[start];
  if (first === letterN) return isToken(bytes, start, end, nullToken);
  switch (encoding) {
    case 'text':
      return first === quote;
    case 'integer':
      return first !== quote && first !== openBrace && isSafeInteger(bytes, start, end);
    case 'boolean':
      return isToken(bytes, start, end, trueToken) || isToken(bytes, start, end, falseToken);
    case 'bytes':
      return first === quote && isHexRun(bytes, start + 1, end - 1);
    case 'cell':
      return (
        first === quote || (first === openBrace ? isTagged(bytes, start, end) : isNumber(bytes, start, end))
      );
  }
}

function isToken(bytes: Buffer, start: number, end: number, token: Buffer): boolean {
  if (end - start !== token.length) return false;
  for (let i = 0; i < token.length; i++) {
    if (bytes[start + i] !== token[i]) return false;
  }
  return true;
}

/** In the one form that JSON and this format have for it. Sees each byte once: most cells are numbers. */
function isSafeInteger(bytes: Buffer, start: number, end: number): boolean {
  const from = bytes[start] === minus ? start + 1 : start;
  const first = bytes[from]!;
  if (first === digit0) return from === start && end === start + 1;
  if (from === end || end - from > safeDigits + 1) return false;
  for (let at = from; at < end; at++) {
    if (bytes[at]! < digit0 || bytes[at]! > digit9) return false;
  }
  return end - from <= safeDigits || Number.isSafeInteger(Number(bytes.toString('latin1', start, end)));
}

/** `26307.58` and its like, which most reals are; what it does not know is left to `isNumber`. */
function isPlainReal(bytes: Buffer, start: number, end: number): boolean {
  const from = bytes[start] === minus ? start + 1 : start;
  if (bytes[from] === digit0 || end - start > safeDigits) return false;
  let points = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === dot && at > from && at < end - 1) points++;
    else if (byte < digit0 || byte > digit9) return false;
  }
  return points === 1;
}

function isNumber(bytes: Buffer, start: number, end: number): boolean {
  if (isSafeInteger(bytes, start, end) || isPlainReal(bytes, start, end)) return true;
  if (end - start > maxNumberLength) return false;
  const text = bytes.toString('latin1', start, end);
  const value = Number(text);
  return realPattern.test(text) && /[.e]/.test(text) && Number.isFinite(value) && !Object.is(value, -0);
}

function isHexRun(bytes: Buffer, start: number, end: number): boolean {
  if ((end - start) % 2 !== 0) return false;
  for (let at = start; at < end; at++) {
    if (isHex[bytes[at]!] !== 1) return false;
  }
  return true;
}

/** `{"b":"hex"}`, `{"t":"hex"}`, `{"i":"digits"}`, `{"r":"Infinity"}`; RowLineReader has seen to the punctuation. */
function isTagged(bytes: Buffer, start: number, end: number): boolean {
  const tag = String.fromCharCode(bytes[start + 2]!);
  if (tag === 'b' || tag === 't') return isHexRun(bytes, start + 6, end - 2);
  if (end - start > maxNumberLength) return false;
  const content = bytes.toString('latin1', start + 6, end - 2);
  if (tag === 'i') return isBigInteger(content);
  return tag === 'r' && (content === 'Infinity' || content === '-Infinity' || content === '-0.0');
}

function isBigInteger(text: string): boolean {
  if (!/^-?[1-9]\d{15,18}$/.test(text)) return false;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text) && !Number.isSafeInteger(Number(text));
}
