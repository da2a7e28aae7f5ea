import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import type { ScratchDatabase } from '../../ports/database.ts';
import type { SnapshotTable } from '../../snapshot/header.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowChunk, RowSource } from '../../snapshot/rows.ts';
import { formatTableName, type Provider, tableId } from '../../snapshot/table.ts';
import { createPrivateFile } from '../../util/atomic-file.ts';
import { makeTempFolder, removeFolder } from '../../util/temp-folder.ts';
import type { CheckDialect } from '../check-dialect.ts';
import { exactDialect } from './check-dialect.ts';
import { SqliteConnection } from './connection.ts';
import { quoteName, quoteTable } from './quote.ts';
import { runCheck } from './run-check.ts';
import { readScratchCell, type ScratchCell, scratchCellOf } from './scratch-cell.ts';
import { toAppError } from './sqlite-errors.ts';

/** Opens an empty scratch database. Its file has no name any more when this returns, so nothing of it is left behind. */
export async function openScratch(provider: Provider): Promise<ScratchDatabase> {
  const folder = await makeTempFolder();
  try {
    const file = path.join(folder, 'scratch.db');
    await createPrivateFile(file);
    const connection = await SqliteConnection.open(file, {
      lockTimeoutMs: 0,
      signal: undefined,
      shownFile: 'the scratch database',
    });
    // A journal would be a file beside one that has no name any more. It holds little: rows are only added.
    connection.handle.pragma('journal_mode = MEMORY');
    connection.handle.pragma('synchronous = OFF');
    connection.handle.pragma('temp_store = FILE');
    return new SqliteScratch(connection, provider);
  } finally {
    await removeFolder(folder);
  }
}

class SqliteScratch implements ScratchDatabase {
  readonly #connection: SqliteConnection;
  readonly #provider: Provider;
  /** Where each table's rows are, by its id. */
  readonly #names = new Map<string, string>();
  readonly #dialect: CheckDialect;

  constructor(connection: SqliteConnection, provider: Provider) {
    this.#connection = connection;
    this.#provider = provider;
    const exact = exactDialect({ rowNumber: () => 'rowid', isBinary: true });
    this.#dialect = {
      ...exact,
      from: (table) => {
        const name = this.#names.get(tableId(table));
        if (name !== undefined) return quoteTable(name);
        throw new AppError('SNAPSHOT.TABLE', `The snapshot has no table ${formatTableName(table)}`);
      },
    };
  }

  async load(table: SnapshotTable, columns: readonly string[], rows: RowSource): Promise<void> {
    const name = `t${this.#names.size}`;
    const loader = new TableLoader(this.#connection, { table, columns, name, provider: this.#provider });
    try {
      await loader.load(rows);
    } catch (error) {
      throw toAppError(error, `Cannot load table ${formatTableName(table)} for its checks`, 'DATABASE.READ');
    }
    this.#names.set(tableId({ schema: table.schema, name: table.name }), name);
  }

  async check(query: CheckQuery, options: CheckOptions): Promise<CheckAnswer> {
    return runCheck(this.#connection, { query, options, dialect: this.#dialect });
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

interface LoadPlan {
  readonly table: SnapshotTable;
  readonly columns: readonly string[];
  readonly name: string;
  readonly provider: Provider;
}

class TableLoader {
  readonly #connection: SqliteConnection;
  readonly #plan: LoadPlan;
  readonly #line: RowLineReader;
  readonly #cells: readonly ScratchCell[];

  constructor(connection: SqliteConnection, plan: LoadPlan) {
    this.#connection = connection;
    this.#plan = plan;
    const { columns } = plan.table;
    this.#line = new RowLineReader(columns.length);
    this.#cells = plan.columns.map((name) => {
      const index = columns.findIndex((column) => column.name === name);
      if (index >= 0) return scratchCellOf(columns[index]!, index, plan.provider);
      throw new AppError('SNAPSHOT.TABLE', `Table ${formatTableName(plan.table)} has no column ${name}`);
    });
  }

  async load(rows: RowSource): Promise<void> {
    const { handle } = this.#connection;
    const target = quoteTable(this.#plan.name);
    const definitions = this.#cells.map(({ name, collation }) => `${quoteName(name)} COLLATE ${collation}`);
    // A table needs a column, also where queries only count its rows; no column of the application has an empty name.
    handle.exec(`CREATE TABLE ${target} (${[...definitions, '""'].join(', ')})`);
    const names = this.#cells.map(({ name }) => quoteName(name));
    const places = this.#cells.map(() => '?').join(', ');
    const insert =
      names.length === 0
        ? handle.prepare(`INSERT INTO ${target} DEFAULT VALUES`)
        : handle.prepare(`INSERT INTO ${target} (${names.join(', ')}) VALUES (${places})`);
    for await (const chunk of rows) {
      handle.exec('BEGIN');
      this.#insertChunk(chunk, (values) => void insert.run(...values));
      handle.exec('COMMIT');
      await nextTurn();
    }
  }

  #insertChunk({ bytes }: RowChunk, insert: (values: readonly unknown[]) => void): void {
    for (let start = 0; start < bytes.length; ) {
      start = this.#line.read(bytes, start);
      insert(
        this.#cells.map((cell) =>
          readScratchCell(bytes, [this.#line.starts[cell.index]!, this.#line.ends[cell.index]!], cell),
        ),
      );
    }
  }
}
