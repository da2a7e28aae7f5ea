import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import type { Catalogue, DatabaseSnapshot, ReadOptions } from '../../ports/database.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type { TableDefinition } from '../../snapshot/table.ts';
import { readCatalogue, type SqliteCatalogue } from './catalogue.ts';
import { exactDialect } from './check-dialect.ts';
import type { SqliteConnection } from './connection.ts';
import { openPageCopy } from './page-copy.ts';
import { RowReader } from './row-reader.ts';
import { runCheck } from './run-check.ts';

/**
 * Opens one instant. In WAL mode a read transaction holds it without keeping anyone from writing. Without WAL a
 * reader blocks every commit, so the pages are copied first, which is quick, and read from the copy.
 */
export async function openSnapshot(connection: SqliteConnection): Promise<DatabaseSnapshot> {
  const isCopied = (await readJournalMode(connection)) !== 'wal';
  const reading = isCopied ? await openPageCopy(connection) : connection;
  try {
    await reading.beginRead();
    return new SqliteSnapshot(reading, { isCopied });
  } catch (error) {
    if (isCopied) reading.close();
    throw connection.failure(error, `Cannot read ${connection.file}`, 'DATABASE.READ');
  }
}

async function readJournalMode(connection: SqliteConnection): Promise<unknown> {
  const what = `Cannot read ${connection.file}`;
  try {
    return await connection.waitForLock(what, () =>
      connection.handle.pragma('journal_mode', { simple: true }),
    );
  } catch (error) {
    throw connection.failure(error, what, 'DATABASE.READ');
  }
}

class SqliteSnapshot implements DatabaseSnapshot {
  readonly #connection: SqliteConnection;
  readonly #isCopied: boolean;
  readonly #content: SqliteCatalogue;

  constructor(connection: SqliteConnection, { isCopied }: { readonly isCopied: boolean }) {
    this.#connection = connection;
    this.#isCopied = isCopied;
    this.#content = readCatalogue(connection.handle);
  }

  get catalogue(): Catalogue {
    return this.#content.catalogue;
  }

  rows(table: TableDefinition, { columns }: ReadOptions = {}): RowSource {
    const { shapes } = this.#content;
    return new RowReader(this.#connection, shapes.get(table), { encoding: shapes.encoding, columns }).read();
  }

  async check(query: CheckQuery, options: CheckOptions): Promise<CheckAnswer> {
    const { shapes } = this.#content;
    const dialect = exactDialect({ rowNumber: (table) => shapes.get(table).rowNumber, isBinary: false });
    return runCheck(this.#connection, { query, options, dialect });
  }

  async close(): Promise<void> {
    const { handle } = this.#connection;
    if (handle.open && handle.inTransaction) handle.exec('ROLLBACK');
    if (this.#isCopied) this.#connection.close();
  }
}
