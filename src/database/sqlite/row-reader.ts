import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import { lineSql } from './cell-sql.ts';
import type { SqliteConnection } from './connection.ts';
import { tagInvalidText } from './invalid-text.ts';
import { quoteName, quoteTable } from './quote.ts';
import { toAppError } from './sqlite-errors.ts';
import type { TableShape } from './table-shape.ts';
import { decodeUtf16Lines, type TextEncoding } from './utf16-lines.ts';

const targetBytes = 262_144;
const firstRows = 64;
const maxRows = 4_000;
const minRowNumber = -(2n ** 63n);
const maxRowNumber = 2n ** 63n - 1n;

const lineFeed = 0x0a;
const openBracket = 0x5b;

interface Batch {
  /** Lines; a row over the size limit is only its row number. Null when there are no more rows. */
  readonly lines: Buffer | null;
  readonly last: bigint;
  readonly rows: number;
  readonly bytes: number;
  readonly largeRows: number;
}

/** The rows of one table as row lines, encoded by SQLite itself, many in one step. */
export class RowReader {
  readonly #connection: SqliteConnection;
  readonly #shape: TableShape;
  readonly #isUtf16: boolean;
  readonly #line: string;
  readonly #finish: (lines: Buffer) => Buffer;

  constructor(
    connection: SqliteConnection,
    shape: TableShape,
    {
      encoding,
      columns,
    }: { readonly encoding: TextEncoding; readonly columns?: readonly string[] | undefined },
  ) {
    this.#connection = connection;
    this.#shape = shape;
    const names = columns ?? shape.columns.map(({ name }) => name);
    const cells = names.map((name) => {
      const column = shape.columns.find((candidate) => candidate.name === name);
      if (column === undefined) {
        throw new AppError('SNAPSHOT.TABLE', `Cannot read table ${shape.name}: it has no column ${name}`);
      }
      return { sql: quoteName(name), affinity: column.affinity, isVirtual: column.computed === 'virtual' };
    });
    this.#isUtf16 = encoding !== 'UTF-8';
    this.#line = lineSql(cells, { isUtf16: this.#isUtf16 });
    const reader = new RowLineReader(cells.length);
    this.#finish =
      encoding === 'UTF-8'
        ? (lines) => tagInvalidText(lines, reader)
        : (lines) => decodeUtf16Lines(lines, reader, encoding);
  }

  /** Every row; in the order of row numbers where the table has them. */
  async *read(): AsyncGenerator<RowChunk> {
    const { rowNumber } = this.#shape;
    const chunks = rowNumber === null ? this.#scan() : this.#readBatches(rowNumber);
    try {
      for (;;) {
        this.#connection.signal?.throwIfAborted();
        const { value, done } = this.#step(chunks);
        if (done) return;
        yield value;
        // SQLite works synchronously: this lets timers, signals and other work of the process have their turn.
        await nextTurn();
      }
    } finally {
      chunks.return(undefined);
    }
  }

  #step(chunks: Generator<RowChunk, void>): IteratorResult<RowChunk, void> {
    try {
      return chunks.next();
    } catch (error) {
      throw toAppError(
        error,
        `Cannot read table ${this.#shape.name} of ${this.#connection.file}`,
        'DATABASE.READ',
      );
    }
  }

  /** Goes through the row numbers in batches that follow the size of the rows met so far. */
  *#readBatches(rowNumber: string): Generator<RowChunk, void> {
    const nextBatch = this.#prepareBatch(rowNumber);
    let from = minRowNumber;
    let limit = firstRows;
    for (;;) {
      const batch = nextBatch(from, limit);
      if (batch.lines === null) return;
      if (batch.largeRows === 0) yield { bytes: this.#finish(batch.lines), rows: batch.rows };
      else yield* this.#withLargeRows(batch.lines, rowNumber);
      if (batch.last === maxRowNumber) return;
      from = batch.last + 1n;
      const fitting = Math.floor((targetBytes * batch.rows) / batch.bytes);
      limit = Math.max(1, Math.min(fitting, limit * 4, maxRows));
    }
  }

  /**
   * A batch takes rows by number, so that it is one step of SQLite, but its size is known only afterwards: rows that
   * are large for the batch are therefore left out of the concatenation, and read one by one.
   */
  #prepareBatch(rowNumber: string): (from: bigint, limit: number) => Batch {
    const lines =
      'group_concat(CASE WHEN octet_length(line) <= @large THEN line ELSE number END, char(10)) || char(10)';
    const statement = this.#connection.handle
      .prepare<[{ from: bigint; limit: number; large: number }], [unknown, bigint, bigint, number, number]>(
        `SELECT ${this.#isUtf16 ? lines : `CAST(${lines} AS BLOB)`}, max(number), count(*),
           total(octet_length(line)), total(octet_length(line) > @large)
         FROM (SELECT ${rowNumber} AS number, ${this.#line} AS line FROM ${quoteTable(this.#shape.name)}
           WHERE ${rowNumber} >= @from ORDER BY ${rowNumber} LIMIT @limit)`,
      )
      .raw()
      .safeIntegers();
    return (from, limit) => {
      const large = Math.max(16_384, Math.floor(8_388_608 / limit));
      const [text, last, rows, bytes, largeRows] = statement.get({ from, limit, large })!;
      return { lines: toBuffer(text), last, rows: Number(rows), bytes, largeRows };
    };
  }

  *#withLargeRows(lines: Buffer, rowNumber: string): Generator<RowChunk, void> {
    const line = this.#isUtf16 ? `${this.#line} || char(10)` : `CAST(${this.#line} || char(10) AS BLOB)`;
    const one = this.#connection.handle
      .prepare<[bigint], unknown>(
        `SELECT ${line} FROM ${quoteTable(this.#shape.name)} WHERE ${rowNumber} = ?`,
      )
      .pluck();
    let start = 0;
    let rows = 0;
    for (let at = 0; at < lines.length; ) {
      const end = lines.indexOf(lineFeed, at) + 1;
      if (lines[at] === openBracket) {
        rows++;
      } else {
        if (rows > 0) yield { bytes: this.#finish(lines.subarray(start, at)), rows };
        yield {
          bytes: this.#finish(toBuffer(one.get(BigInt(lines.toString('latin1', at, end - 1))))!),
          rows: 1,
        };
        start = end;
        rows = 0;
      }
      at = end;
    }
    if (rows > 0) yield { bytes: this.#finish(lines.subarray(start)), rows };
  }

  /** Tables without row numbers are read row by row, in the order of their key: not in that of some other index. */
  *#scan(): Generator<RowChunk, void> {
    const line = `${this.#line} || char(10)`;
    const statement = this.#connection.handle
      .prepare<[], unknown>(
        `SELECT ${this.#isUtf16 ? line : `CAST(${line} AS BLOB)`} FROM ${quoteTable(this.#shape.name)} NOT INDEXED`,
      )
      .pluck();
    let parts: Buffer[] = [];
    let bytes = 0;
    for (const text of statement.iterate()) {
      const part = toBuffer(text)!;
      parts.push(part);
      bytes += part.length;
      if (bytes < targetBytes) continue;
      yield { bytes: this.#finish(Buffer.concat(parts)), rows: parts.length };
      parts = [];
      bytes = 0;
    }
    if (parts.length > 0) yield { bytes: this.#finish(Buffer.concat(parts)), rows: parts.length };
  }
}

/** A UTF-16 database gives texts, of ASCII characters only; a UTF-8 one gives bytes. */
function toBuffer(text: unknown): Buffer | null {
  if (text === null || Buffer.isBuffer(text)) return text;
  return Buffer.from(String(text), 'latin1');
}
