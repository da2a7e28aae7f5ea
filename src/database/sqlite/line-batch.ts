import { isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import { valueSql } from './cell-sql.ts';
import { encodeUtf16Lines, type TextEncoding } from './utf16-lines.ts';

const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;

/** A batch as a statement takes it: one JSON array of lines, as bytes or (UTF-16) as a text of ASCII characters. */
export type BatchParameter = Buffer | string;

/** Looks at the row whose cells `reader` has found. */
export type RowVisitor = (lines: Buffer, reader: RowLineReader) => void;

/**
 * Hands row lines to SQLite's JSON functions. It remembers in which columns tagged cells (`{"b":"…"}`) were ever met,
 * since taking those apart costs more.
 */
export class LineBatcher {
  readonly #reader: RowLineReader;
  readonly #encoding: TextEncoding;
  readonly #tagged: Uint8Array;

  constructor(columnCount: number, encoding: TextEncoding) {
    this.#reader = new RowLineReader(columnCount);
    this.#encoding = encoding;
    this.#tagged = new Uint8Array(columnCount);
  }

  /** The lines of a batch as rows of SQL; every row has one column, `value`. */
  get source(): string {
    return this.#encoding === 'UTF-8' ? 'jsonb_each(CAST(? AS TEXT))' : 'jsonb_each(?)';
  }

  /** Equal as long as `value` gives the same SQL for every column. */
  get version(): string {
    return this.#tagged.join('');
  }

  /** The value of a cell, in SQL over a row of `source`; valid for the batches that were prepared so far. */
  value(index: number): string {
    return valueSql(index, { mayBeTagged: this.#tagged[index] === 1 });
  }

  /**
   * Checks the form of the lines, and shows each to `visit` as it stands in the snapshot.
   *
   * @throws AppError SNAPSHOT.CONTENT
   */
  prepare(chunk: RowChunk, visit: RowVisitor): BatchParameter {
    if (!isUtf8(chunk.bytes)) throw new AppError('SNAPSHOT.CONTENT', 'A row is not UTF-8 text');
    const { array, rows } = this.#toArray(chunk.bytes, visit);
    if (rows !== chunk.rows) {
      throw new AppError('SNAPSHOT.CONTENT', `There are ${rows} rows where ${chunk.rows} should be`);
    }
    if (this.#encoding === 'UTF-8') return array;
    const lines = encodeUtf16Lines(chunk.bytes, this.#reader, this.#encoding);
    return this.#toArray(lines, () => undefined).array.toString('latin1');
  }

  #toArray(lines: Buffer, visit: RowVisitor): { array: Buffer; rows: number } {
    const reader = this.#reader;
    const tagged = this.#tagged;
    const array = Buffer.allocUnsafe(lines.length + 1);
    array[0] = openBracket;
    lines.copy(array, 1);
    let rows = 0;
    for (let at = 0; at < lines.length; ) {
      at = reader.read(lines, at);
      for (let index = 0; index < tagged.length; index++) {
        if (lines[reader.starts[index]!] === openBrace) tagged[index] = 1;
      }
      visit(lines, reader);
      array[at] = comma;
      rows++;
    }
    array[lines.length] = closeBracket;
    return { array, rows };
  }
}

/** The rows of a chunk one by one, each as a chunk. */
export function* singleRows(chunk: RowChunk): Generator<RowChunk> {
  for (let start = 0; start < chunk.bytes.length; ) {
    // A line feed within a string is escaped.
    const end = chunk.bytes.indexOf('\n', start) + 1;
    yield { bytes: chunk.bytes.subarray(start, end), rows: 1 };
    start = end;
  }
}
