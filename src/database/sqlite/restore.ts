import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, InternalError, systemCode } from '../../errors.ts';
import type { Catalogue, ReadOptions, RestoreRequest, RestoreTransaction } from '../../ports/database.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type { ForeignKey, SequenceState, TableDefinition, TableName } from '../../snapshot/table.ts';
import { readCatalogue, type SqliteCatalogue } from './catalogue.ts';
import type { Handle, SqliteConnection } from './connection.ts';
import { countOrphans } from './foreign-keys.ts';
import { fillWithoutIndexes } from './index-rebuild.ts';
import { quoteTable } from './quote.ts';
import { RowDeleter } from './row-deleter.ts';
import { RowInserter } from './row-inserter.ts';
import { RowReader } from './row-reader.ts';
import { createSchema } from './schema-creation.ts';
import { rebuildSearchIndexes } from './search-indexes.ts';
import { writeSequences } from './sequences.ts';
import { dropTriggers } from './triggers.ts';

/** Begins the one transaction of a restore; from then on no other connection writes. */
export async function openRestore(
  connection: SqliteConnection,
  request: RestoreRequest,
): Promise<RestoreTransaction> {
  const { handle, file } = connection;
  try {
    // Settings of the connection, which SQLite takes only outside a transaction.
    handle.pragma('foreign_keys = OFF');
    handle.pragma('synchronous = EXTRA');
    await connection.waitForLock(`Cannot write to ${file}`, () => handle.exec('BEGIN IMMEDIATE'));
    createSchema(handle, request.createSchema);
    const content = readCatalogue(handle);
    const tables = new Set(request.tables.map((table) => content.shapes.get(table).name));
    const triggers = dropTriggers(handle, tables);
    return new SqliteRestore(connection, { content, triggers });
  } catch (error) {
    rollBack(handle);
    throw connection.failure(error, `Cannot begin the restore of ${file}`, 'RESTORE.SCHEMA');
  }
}

class SqliteRestore implements RestoreTransaction {
  readonly #connection: SqliteConnection;
  readonly #content: SqliteCatalogue;
  readonly #triggers: readonly string[];

  constructor(
    connection: SqliteConnection,
    { content, triggers }: { readonly content: SqliteCatalogue; readonly triggers: readonly string[] },
  ) {
    this.#connection = connection;
    this.#content = content;
    this.#triggers = triggers;
  }

  get catalogue(): Catalogue {
    return this.#content.catalogue;
  }

  rows(table: TableDefinition, { columns }: ReadOptions = {}): RowSource {
    const { shapes } = this.#content;
    return new RowReader(this.#connection, shapes.get(table), { encoding: shapes.encoding, columns }).read();
  }

  async clear(tables: readonly TableName[]): Promise<void> {
    for (const table of tables) {
      // Without WHERE and triggers this frees the pages without visiting the rows.
      this.#do(`Cannot empty table ${table.name}`, (handle) =>
        handle.exec(`DELETE FROM ${this.#sql(table)}`),
      );
      await nextTurn();
    }
  }

  async deleteRows(table: TableDefinition, keys: RowSource): Promise<number> {
    const { shapes } = this.#content;
    if (table.key === null) throw new InternalError(`table ${table.name} has no key to delete by`);
    const deleter = new RowDeleter(this.#connection, shapes.get(table), {
      encoding: shapes.encoding,
      key: table.key,
    });
    let deleted = 0;
    for await (const chunk of keys) {
      deleted += this.#do(`Cannot delete from table ${table.name}`, () => deleter.delete(chunk));
      await nextTurn();
    }
    return deleted;
  }

  async insertRows(table: TableDefinition, columns: readonly string[], rows: RowSource): Promise<number> {
    const { shapes } = this.#content;
    const shape = shapes.get(table);
    const { key } = this.#content.catalogue.tables.find(({ name }) => name === shape.name)!;
    const what = `Cannot write to table ${shape.name}`;
    const inserter = new RowInserter(this.#connection, shape, { encoding: shapes.encoding, columns, key });
    const insertAll = async () => {
      for await (const chunk of rows) {
        this.#do(what, () => inserter.insert(chunk));
        await nextTurn();
      }
    };
    const isEmpty = this.#do(what, (handle) => isTableEmpty(handle, table));
    try {
      if (isEmpty) await fillWithoutIndexes(this.#connection.handle, shape.name, insertAll);
      else await insertAll();
    } catch (error) {
      throw this.#failure(error, what);
    }
    return inserter.inserted;
  }

  async countRows(table: TableName): Promise<number> {
    return this.#do(
      `Cannot count table ${table.name}`,
      (handle) =>
        handle
          .prepare<[], number>(`SELECT count(*) FROM ${this.#sql(table)}`)
          .pluck()
          .get()!,
    );
  }

  async countOrphans(foreignKey: ForeignKey): Promise<number> {
    return this.#do(`Cannot check foreign key ${foreignKey.name}`, (handle) =>
      countOrphans(handle, foreignKey),
    );
  }

  async setSequences(
    sequences: readonly SequenceState[],
    options: { readonly atLeastCurrent: boolean },
  ): Promise<readonly string[]> {
    const { shapes } = this.#content;
    const counters = sequences.map((state) => ({ state, shape: shapes.get(state) }));
    return this.#do('Cannot set the next ids', (handle) => writeSequences(handle, counters, options));
  }

  async commit(): Promise<readonly string[]> {
    const { handle, file } = this.#connection;
    const sentences = this.#do('Cannot put the triggers back', () => {
      for (const sql of this.#triggers) handle.exec(sql);
      return rebuildSearchIndexes(handle, this.#triggers);
    });
    try {
      await this.#connection.waitForLock(`Cannot write to ${file}`, () => handle.exec('COMMIT'));
    } catch (error) {
      throw this.#connection.failure(error, `Cannot write to ${file}`, 'RESTORE.ROW');
    }
    return sentences;
  }

  async rollback(): Promise<void> {
    rollBack(this.#connection.handle);
  }

  #sql(table: TableName): string {
    return quoteTable(this.#content.shapes.get(table).name);
  }

  #do<T>(what: string, action: (handle: Handle) => T): T {
    const { signal, handle } = this.#connection;
    if (signal?.aborted) {
      rollBack(handle);
      throw signal.reason;
    }
    try {
      return action(handle);
    } catch (error) {
      throw this.#failure(error, what);
    }
  }

  #failure(error: unknown, what: string): unknown {
    if (error instanceof AppError && error.code === 'SNAPSHOT.CONTENT') return inContext(error, what);
    return this.#connection.failure(error, `${what} of ${this.#connection.file}`, 'RESTORE.ROW');
  }
}

/** The checks of single lines do not know which table they stand in. */
function inContext(error: AppError, what: string): AppError {
  const alreadyNamed = error.message.startsWith('Cannot ');
  if (alreadyNamed) return error;
  return new AppError(error.code, `${what}: ${error.message}`, {
    hint: 'Check the snapshot with `holdfast validate backup <snapshot>`, and take another one if it is damaged.',
    cause: error,
  });
}

/**
 * SQLite may have done it already, for example when the disk is full. Where it cannot, the end of the connection does it,
 * or whoever opens the file next; and what went wrong first is what the operator has to read.
 */
function rollBack(handle: Handle): void {
  if (!handle.open || !handle.inTransaction) return;
  try {
    handle.exec('ROLLBACK');
  } catch (error) {
    if (!systemCode(error)?.startsWith('SQLITE_')) throw error;
  }
}

function isTableEmpty(handle: Handle, { name }: TableName): boolean {
  return handle.prepare(`SELECT 1 FROM ${quoteTable(name)} LIMIT 1`).get() === undefined;
}
