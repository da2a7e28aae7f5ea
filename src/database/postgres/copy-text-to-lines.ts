import { Buffer, isUtf8 } from 'node:buffer';
import { AppError, InternalError } from '../../errors.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import type { CellEncoding } from '../../snapshot/table.ts';

const tab = 0x09;
const lineFeed = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const letterN = 0x4e;
const letterT = 0x74;
const letterV = 0x76;
const letterX = 0x78;

const chunkBytes = 512 * 1024;
/** One byte of input makes at most six of output: a control byte becomes \u00XX. */
const growth = 6;
/** A piece of input is transcoded at once up to this size, so that the room for its output is checked once. */
const pieceBytes = 32 * 1024;
const slack = 64;
const bufferBytes = chunkBytes + pieceBytes * growth + slack;
/** Beyond this a row fits in no buffer; the server itself refuses rows of more than 1 GiB. */
const maxRowBytes = 3 * 1024 * 1024 * 1024;

/** How the hex form of a bytea begins in COPY's text: its backslash, escaped, and an x. */
const bytesPrefix = 3;
const nullToken = Buffer.from('null', 'latin1');
const trueToken = Buffer.from('true', 'latin1');
const falseToken = Buffer.from('false', 'latin1');
const emptyRow = Buffer.from('[]\n', 'latin1');
const unicodeEscape = Buffer.from('\\u00', 'latin1');
const hexDigits = Buffer.from('0123456789abcdef', 'latin1');

/** Bytes that stand in a JSON string as they are; the others end a run. */
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[quote] = 0;
isPlain[backslash] = 0;

const modeText = 0;
const modeBare = 1;
const modeBoolean = 2;
const modeBytes = 3;
const modes: Partial<Record<CellEncoding, number>> = {
  text: modeText,
  integer: modeBare,
  boolean: modeBoolean,
  bytes: modeBytes,
};

/**
 * Turns the text form of COPY TO into row lines, in one pass over the bytes. Pieces may be cut anywhere; what it puts
 * out are whole lines.
 */
export class CopyTextToLines {
  readonly #modes: Uint8Array;
  readonly #tableName: string;
  #out: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  /** The buffer of a chunk that was given back. */
  #spare: Buffer | null = null;
  /** How much of `#out` is written. */
  #size = 0;
  /** Where the last whole line in `#out` ends. */
  #wholeSize = 0;
  #wholeRows = 0;
  #rows = 0;
  #column = 0;
  #atCellStart = true;
  /** Whether the cell that is being written ends with a quote. */
  #isQuoted = false;
  /** The first bytes of an escape whose end has not come yet. */
  #rest: Buffer | null = null;
  readonly #ready: RowChunk[] = [];

  /** @param tableName for messages */
  constructor(encodings: readonly CellEncoding[], tableName: string) {
    this.#tableName = tableName;
    this.#modes = Uint8Array.from(encodings, (encoding) => {
      const mode = modes[encoding];
      if (mode === undefined) throw new InternalError(`PostgreSQL has no columns encoded as ${encoding}`);
      return mode;
    });
  }

  /** How many whole rows have been seen. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes the next bytes of the server's text; does not keep them. */
  push(source: Buffer, start: number, end: number): void {
    let input = source;
    let at = start;
    let stop = end;
    if (this.#rest !== null) {
      input = Buffer.concat([this.#rest, source.subarray(start, end)]);
      at = 0;
      stop = input.length;
      this.#rest = null;
    }
    while (at < stop) {
      const pieceEnd = Math.min(stop, at + pieceBytes);
      this.#makeRoom((pieceEnd - at) * growth + slack);
      const done =
        this.#modes.length === 0 ? this.#emptyRows(at, pieceEnd) : this.#transcode(input, at, pieceEnd);
      if (done < pieceEnd && pieceEnd === stop) {
        this.#rest = Buffer.from(input.subarray(done, stop));
        return;
      }
      at = done;
    }
  }

  /** The next chunk that is full, or null. */
  take(): RowChunk | null {
    return this.#ready.shift() ?? null;
  }

  /** Ends the text; the last chunk, if any, can then be taken. */
  finish(): void {
    if (this.#rest !== null || this.#column !== 0 || !this.#atCellStart) {
      throw new AppError(
        'DATABASE.READ',
        `Cannot read table ${this.#tableName}: the server ended within a row`,
      );
    }
    this.#flush();
  }

  #emptyRows(start: number, end: number): number {
    for (let at = start; at < end; at++) {
      this.#makeRoom(slack);
      this.#size = writeToken(this.#out, this.#size, emptyRow);
      this.#endRow();
    }
    return end;
  }

  #endRow(): void {
    this.#wholeSize = this.#size;
    this.#wholeRows++;
    this.#rows++;
  }

  /**
   * The loop that sees every byte; the plain beginning and end of a cell are written out in it for speed.
   *
   * @returns how far it came: less than `end` when an escape is cut
   */
  #transcode(input: Buffer, start: number, end: number): number {
    const out = this.#out;
    const cellModes = this.#modes;
    const lastColumn = cellModes.length - 1;
    let at = start;
    let size = this.#size;
    while (at < end) {
      if (this.#atCellStart) {
        const mode = cellModes[this.#column]!;
        if (mode <= modeBare && input[at] !== backslash) {
          if (this.#column === 0) out[size++] = openBracket;
          if (mode === modeText) out[size++] = quote;
          this.#isQuoted = mode === modeText;
          this.#atCellStart = false;
        } else {
          this.#size = size;
          const next = this.#startCell(input, at, end);
          if (next < 0) break;
          at = next;
          size = this.#size;
          continue;
        }
      }
      // Four at a time is half again as fast as one by one.
      while (at + 3 < end) {
        const a = input[at]!;
        const b = input[at + 1]!;
        const c = input[at + 2]!;
        const d = input[at + 3]!;
        if ((isPlain[a]! & isPlain[b]! & isPlain[c]! & isPlain[d]!) === 0) break;
        out[size] = a;
        out[size + 1] = b;
        out[size + 2] = c;
        out[size + 3] = d;
        size += 4;
        at += 4;
      }
      if (at === end) break;
      let byte = input[at]!;
      while (isPlain[byte] === 1) {
        out[size++] = byte;
        if (++at === end) break;
        byte = input[at]!;
      }
      if (at === end) break;
      if (byte === tab && this.#column < lastColumn) {
        if (this.#isQuoted) out[size++] = quote;
        out[size++] = comma;
        this.#column++;
        this.#atCellStart = true;
        at++;
      } else if (byte === lineFeed && this.#column === lastColumn) {
        this.#size = size;
        this.#endLine();
        size = this.#size;
        at++;
      } else if (byte === backslash) {
        if (at + 1 === end) break;
        size = writeEscape(out, size, input[at + 1]!);
        at += 2;
      } else if (byte === quote) {
        out[size++] = backslash;
        out[size++] = quote;
        at++;
      } else if (byte === tab || byte === lineFeed) {
        throw this.#unexpected('a row of another length');
      } else {
        size = writeControl(out, size, byte);
        at++;
      }
    }
    this.#size = size;
    return at;
  }

  /** @returns the offset behind what the cell begins with, or -1 when that is cut */
  #startCell(input: Buffer, at: number, end: number): number {
    const out = this.#out;
    const mode = this.#modes[this.#column]!;
    const first = input[at]!;
    if (first === backslash && end - at < 2) return -1;
    const isNull = first === backslash && input[at + 1] === letterN;
    if (mode === modeBytes && !isNull && end - at < bytesPrefix) return -1;
    if (this.#column === 0) out[this.#size++] = openBracket;
    this.#atCellStart = false;
    this.#isQuoted = !isNull && (mode === modeText || mode === modeBytes);
    if (isNull) {
      this.#size = writeToken(out, this.#size, nullToken);
      return at + 2;
    }
    if (this.#isQuoted) out[this.#size++] = quote;
    if (mode === modeBoolean) {
      this.#size = writeToken(out, this.#size, first === letterT ? trueToken : falseToken);
      return at + 1;
    }
    if (mode !== modeBytes) return at;
    if (first !== backslash || input[at + 1] !== backslash || input[at + 2] !== letterX) {
      throw this.#unexpected('something else than a bytea');
    }
    return at + bytesPrefix;
  }

  #endLine(): void {
    const out = this.#out;
    if (this.#isQuoted) out[this.#size++] = quote;
    out[this.#size++] = closeBracket;
    out[this.#size++] = lineFeed;
    this.#column = 0;
    this.#atCellStart = true;
    this.#endRow();
  }

  #makeRoom(bytes: number): void {
    if (this.#out.length - this.#size >= bytes && this.#wholeSize < chunkBytes) return;
    if (this.#wholeSize > 0) this.#flush();
    if (this.#out.length - this.#size >= bytes) return;
    const wanted = Math.max(this.#out.length * 2, this.#size + bytes);
    if (wanted > maxRowBytes) {
      throw new AppError(
        'DATABASE.READ',
        `Cannot read table ${this.#tableName}: one of its rows is too long`,
      );
    }
    const larger = Buffer.allocUnsafeSlow(wanted);
    this.#out.copy(larger, 0, 0, this.#size);
    this.#out = larger;
  }

  /** Hands out the whole lines and goes on in another buffer. */
  #flush(): void {
    if (this.#wholeSize === 0) return;
    const bytes = this.#out.subarray(0, this.#wholeSize);
    if (!isUtf8(bytes)) {
      throw new AppError(
        'DATABASE.READ',
        `Cannot read table ${this.#tableName}: it holds text that is not UTF-8`,
        {
          hint: "The database has no declared encoding (SQL_ASCII). Find the rows with convert_from(column::bytea, 'UTF8') and repair them.",
        },
      );
    }
    const buffer = this.#out;
    const release = (): void => {
      if (buffer.length === bufferBytes) this.#spare = buffer;
    };
    this.#ready.push({ bytes, rows: this.#wholeRows, release });
    const tail = this.#size - this.#wholeSize;
    const next = this.#nextBuffer(tail);
    this.#out.copy(next, 0, this.#wholeSize, this.#size);
    this.#out = next;
    this.#size = tail;
    this.#wholeSize = 0;
    this.#wholeRows = 0;
  }

  #nextBuffer(tail: number): Buffer {
    const spare = this.#spare;
    this.#spare = null;
    if (spare !== null && tail <= chunkBytes) return spare;
    return Buffer.allocUnsafeSlow(Math.max(chunkBytes, tail) + pieceBytes * growth + slack);
  }

  #unexpected(what: string): AppError {
    return new AppError('DATABASE.READ', `Cannot read table ${this.#tableName}: the server sent ${what}`);
  }
}

/** COPY's escapes are JSON's, except for the vertical tab. */
function writeEscape(out: Buffer, size: number, letter: number): number {
  if (letter === letterV) return writeControl(out, size, 0x0b);
  out[size] = backslash;
  out[size + 1] = letter;
  return size + 2;
}

function writeControl(out: Buffer, size: number, byte: number): number {
  const end = writeToken(out, size, unicodeEscape);
  out[end] = hexDigits[byte >> 4]!;
  out[end + 1] = hexDigits[byte & 15]!;
  return end + 2;
}

function writeToken(out: Buffer, size: number, token: Buffer): number {
  for (let i = 0; i < token.length; i++) out[size + i] = token[i]!;
  return size + token.length;
}
