import type { RowChunk } from '../../snapshot/rows.ts';
import { kindOfCell } from './cell-kind.ts';
import type { SqliteConnection } from './connection.ts';
import { LineBatcher } from './line-batch.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { TableShape } from './table-shape.ts';
import type { TextEncoding } from './utf16-lines.ts';

interface DeleterOptions {
  readonly encoding: TextEncoding;
  /** What each cell of a line is. */
  readonly key: readonly string[];
}

/** Deletes the rows whose keys it is given, compared as SQLite compares them. */
export class RowDeleter {
  readonly #connection: SqliteConnection;
  readonly #shape: TableShape;
  readonly #key: readonly string[];
  readonly #batcher: LineBatcher;

  constructor(connection: SqliteConnection, shape: TableShape, { encoding, key }: DeleterOptions) {
    this.#connection = connection;
    this.#shape = shape;
    this.#key = key;
    this.#batcher = new LineBatcher(key.length, encoding);
  }

  /** @returns how many rows were deleted */
  delete(keys: RowChunk): number {
    const parameter = this.#batcher.prepare(keys, (lines, reader) => {
      reader.starts.forEach((start, index) => {
        kindOfCell(lines, start, reader.ends[index]!);
      });
    });
    const columns = this.#key.map(quoteName).join(', ');
    const values = this.#key.map((_, index) => this.#batcher.value(index)).join(', ');
    return this.#connection.handle
      .prepare<[Buffer | string]>(
        `DELETE FROM ${quoteTable(this.#shape.name)}
         WHERE (${columns}) IN (SELECT ${values} FROM ${this.#batcher.source})`,
      )
      .run(parameter).changes;
  }
}
