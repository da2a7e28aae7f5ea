import type BetterSqlite3 from 'better-sqlite3';
import { AppError, describeError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import { AffinityProbe } from './affinity-probe.ts';
import { kindOfCell } from './cell-kind.ts';
import type { SqliteConnection } from './connection.ts';
import { type CellPlace, keepsCell } from './kept-cell.ts';
import { type BatchParameter, LineBatcher, singleRows } from './line-batch.ts';
import { quoteName, quoteTable } from './quote.ts';
import { isRowFault, toAppError } from './sqlite-errors.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';
import type { TextEncoding } from './utf16-lines.ts';

type BatchStatement = BetterSqlite3.Statement<[BatchParameter]>;

interface InserterOptions {
  readonly encoding: TextEncoding;
  /** What each cell of a line is. */
  readonly columns: readonly string[];
  /** The columns by which a refused row is named. */
  readonly key: readonly string[] | null;
}

interface Cell {
  readonly index: number;
  readonly column: ColumnShape;
}

/**
 * Inserts row lines, taken apart by SQLite's own JSON functions: no row becomes a JavaScript object. Every cell is
 * checked first, so that what is stored is what the line says, to the bit.
 */
export class RowInserter {
  readonly #connection: SqliteConnection;
  readonly #shape: TableShape;
  readonly #options: InserterOptions;
  readonly #batcher: LineBatcher;
  /** Cells of columns that are computed are checked, but not stored. */
  readonly #cells: readonly Cell[];
  readonly #probe: AffinityProbe;
  /** By the version of the batcher. */
  readonly #statements = new Map<string, BatchStatement>();
  #inserted = 0;

  constructor(connection: SqliteConnection, shape: TableShape, options: InserterOptions) {
    this.#connection = connection;
    this.#shape = shape;
    this.#options = options;
    this.#batcher = new LineBatcher(options.columns.length, options.encoding);
    this.#probe = new AffinityProbe(connection.handle);
    this.#cells = options.columns.map((name, index) => {
      const column = shape.columns.find((candidate) => candidate.name === name);
      if (column !== undefined) return { index, column };
      throw new AppError('RESTORE.SCHEMA', `Cannot restore table ${shape.name}: it has no column ${name}`);
    });
  }

  /** How many rows were inserted so far. */
  get inserted(): number {
    return this.#inserted;
  }

  /** @throws AppError SNAPSHOT.CONTENT, RESTORE.ROW, FULL */
  insert(chunk: RowChunk): void {
    const parameter = this.#prepare(chunk);
    try {
      this.#statement().run(parameter);
    } catch (error) {
      if (isRowFault(error)) this.#findFault(chunk);
      throw this.#failure(error);
    }
    this.#inserted += chunk.rows;
  }

  #prepare(chunk: RowChunk): BatchParameter {
    let row = this.#inserted;
    return this.#batcher.prepare(chunk, (lines, reader) => {
      row++;
      for (const { index, column } of this.#cells) {
        const place = { bytes: lines, start: reader.starts[index]!, end: reader.ends[index]! };
        const kind = kindOfCell(lines, place.start, place.end);
        if (column.computed !== 'no') continue;
        const kept = keepsCell(column.affinity, kind, place);
        if (kept === 'yes' || (kept === 'perhaps' && this.#isKept(column, place))) continue;
        throw this.#conversionError(column, lines.toString('utf8', place.start, place.end), row);
      }
    });
  }

  #isKept({ affinity }: ColumnShape, { bytes, start, end }: CellPlace): boolean {
    const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
    return this.#probe.keeps(affinity, typeof value === 'number' ? value : String(value));
  }

  #statement(): BatchStatement {
    const id = this.#batcher.version;
    const known = this.#statements.get(id);
    if (known !== undefined) return known;
    const stored = this.#cells.filter(({ column }) => column.computed === 'no');
    const into = stored.map(({ column }) => quoteName(column.name)).join(', ');
    const values = stored.map(({ index }) => this.#batcher.value(index)).join(', ');
    const statement = this.#connection.handle.prepare<[BatchParameter]>(
      `INSERT INTO ${quoteTable(this.#shape.name)} (${into}) SELECT ${values} FROM ${this.#batcher.source}`,
    );
    this.#statements.set(id, statement);
    return statement;
  }

  /** A batch is refused as a whole; here its rows go in one by one until the one that is at fault. */
  #findFault(chunk: RowChunk): void {
    let row = this.#inserted;
    for (const single of singleRows(chunk)) {
      row++;
      try {
        this.#statement().run(this.#prepare(single));
      } catch (error) {
        throw this.#rowError(error, single.bytes, row);
      }
    }
  }

  #rowError(error: unknown, line: Buffer, row: number): AppError {
    if (!isRowFault(error)) return this.#failure(error);
    return new AppError(
      'RESTORE.ROW',
      `Cannot restore row ${row}${this.#describeKey(line)} of table ${this.#shape.name}: ${describeError(error)}`,
      {
        hint: 'Compare the snapshot with the database first: `holdfast restore <snapshot> --dry-run`.',
        cause: error,
      },
    );
  }

  #describeKey(line: Buffer): string {
    const { key, columns } = this.#options;
    if (key === null) return '';
    const reader = new RowLineReader(columns.length);
    reader.read(line, 0);
    const parts = key.map((name) => {
      const index = columns.indexOf(name);
      return index < 0 ? name : `${name} ${line.toString('utf8', reader.starts[index], reader.ends[index])}`;
    });
    return ` (${parts.join(', ')})`;
  }

  #conversionError(column: ColumnShape, token: string, row: number): AppError {
    const shown = token.length > 80 ? `${token.slice(0, 80)}…` : token;
    return new AppError(
      'RESTORE.ROW',
      `Cannot restore row ${row} of table ${this.#shape.name} exactly: column ${column.name} would change the value ${shown}`,
      {
        hint: 'The type of the column differs from the one under which the value was stored; give it that type again.',
      },
    );
  }

  #failure(error: unknown): AppError {
    return toAppError(
      error,
      `Cannot write to table ${this.#shape.name} of ${this.#connection.file}`,
      'RESTORE.ROW',
    );
  }
}
