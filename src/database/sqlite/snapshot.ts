import type { Catalogue, DatabaseSnapshot, ReadOptions } from '../../ports.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type { TableDefinition } from '../../snapshot/table.ts';
import { readCatalogue, type SqliteCatalogue } from './catalogue.ts';
import type { SqliteConnection } from './connection.ts';
import { openPageCopy } from './page-copy.ts';
import { RowReader } from './row-reader.ts';

/**
 * Opens one instant. In WAL mode a read transaction holds it without keeping anyone from writing. Without WAL a
 * reader blocks every commit, so the pages are copied first, which is quick, and read from the copy.
 */
export async function openSnapshot(connection: SqliteConnection): Promise<DatabaseSnapshot> {
  const mode = await connection.waitForLock(`Cannot read ${connection.file}`, () =>
    connection.handle.pragma('journal_mode', { simple: true }),
  );
  const isCopied = mode !== 'wal';
  const reading = isCopied ? await openPageCopy(connection) : connection;
  try {
    await reading.beginRead();
    return new SqliteSnapshot(reading, { isCopied });
  } catch (error) {
    if (isCopied) reading.close();
    throw connection.failure(error, `Cannot read ${connection.file}`, 'DATABASE.READ');
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

  async close(): Promise<void> {
    const { handle } = this.#connection;
    if (handle.open && handle.inTransaction) handle.exec('ROLLBACK');
    if (this.#isCopied) this.#connection.close();
  }
}
