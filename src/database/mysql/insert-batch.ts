import type { RowLineReader } from '../../snapshot/row-line.ts';
import { type CellWriter, maxSqlBytes } from './cell-writer.ts';
import { quoteName } from './quote.ts';
import { SqlBuffer } from './sql-buffer.ts';

/** What a batch is for: a cell without a writer is left to the database (a generated column). */
export interface InsertShape {
  readonly table: string;
  readonly writers: readonly (CellWriter | null)[];
}

const comma = 0x2c;

/** The rows of one multi-row INSERT, as bytes. Reused after `clear`. */
export class InsertBatch {
  readonly #shape: InsertShape;
  readonly #sql: SqlBuffer;
  readonly #headBytes: number;
  /** Where each row ends in the statement; the first begins behind the head. */
  #ends: number[] = [];
  /** The number of the batch's first row in its table, from 1. */
  firstRow = 1;
  /** How many cells hold a value that is only stored where mistakes are ignored. */
  invalidValues = 0;

  constructor(shape: InsertShape, capacity: number) {
    this.#shape = shape;
    this.#sql = new SqlBuffer(capacity);
    const names = shape.writers.flatMap((writer) =>
      writer === null ? [] : [quoteName(writer.column.definition.name)],
    );
    const head = Buffer.from(`INSERT INTO ${quoteName(shape.table)} (${names.join(', ')}) VALUES `, 'utf8');
    this.#sql.reserve(head.length);
    this.#sql.at = head.copy(this.#sql.bytes);
    this.#headBytes = head.length;
  }

  get rows(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#sql.at;
  }

  /** The whole statement; valid until the next change. */
  get statement(): Buffer {
    return this.#sql.bytes.subarray(0, this.#sql.at);
  }

  /** The same, by which the server stores what it would refuse, with a warning for each. */
  get ignoringStatement(): Buffer {
    return Buffer.concat([Buffer.from('INSERT IGNORE'), this.statement.subarray('INSERT'.length)]);
  }

  clear(firstRow: number): void {
    this.#sql.at = this.#headBytes;
    this.#ends = [];
    this.firstRow = firstRow;
    this.invalidValues = 0;
  }

  /** Adds the row that the reader has just read. @throws AppError SNAPSHOT.CONTENT */
  add(line: Buffer, reader: RowLineReader, lineBytes: number): void {
    const sql = this.#sql;
    const { writers } = this.#shape;
    sql.reserve(maxSqlBytes(lineBytes, writers.length));
    if (this.#ends.length > 0) sql.bytes[sql.at++] = comma;
    const open = sql.at++;
    for (let index = 0; index < writers.length; index++) {
      const writer = writers[index]!;
      if (writer === null) continue;
      if (writer.write(sql, line, reader.starts[index]!, reader.ends[index]!)) this.invalidValues++;
      sql.bytes[sql.at++] = comma;
    }
    if (sql.at === open + 1) sql.at++;
    sql.bytes[open] = 0x28;
    sql.bytes[sql.at - 1] = 0x29;
    this.#ends.push(sql.at);
  }

  /** Takes the last row out of this batch and makes it the only one of the other. */
  moveLastTo(other: InsertBatch, invalidValues: number): void {
    other.clear(this.firstRow + this.rows - 1);
    const end = this.#ends.pop()!;
    const before = this.#ends.at(-1);
    const start = before === undefined ? this.#headBytes : before + 1;
    other.#append(this.#sql.bytes.subarray(start, end));
    other.invalidValues = invalidValues;
    this.invalidValues -= invalidValues;
    this.#sql.at = before ?? this.#headBytes;
  }

  /** A statement for each row of its own, to find the one that the server refuses. */
  *singles(): Generator<{ readonly row: number; readonly statement: Buffer }> {
    const head = this.#sql.bytes.subarray(0, this.#headBytes);
    let start = this.#headBytes;
    for (const [index, end] of this.#ends.entries()) {
      const statement = Buffer.concat([head, this.#sql.bytes.subarray(start, end)]);
      yield { row: this.firstRow + index, statement };
      start = end + 1;
    }
  }

  #append(row: Buffer): void {
    this.#sql.reserve(row.length);
    this.#sql.at += row.copy(this.#sql.bytes, this.#sql.at);
    this.#ends.push(this.#sql.at);
  }
}
