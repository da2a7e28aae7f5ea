import { setImmediate as nextTurn } from 'node:timers/promises';
import { InternalError } from '../../errors.ts';
import type { Catalogue, ReadOptions, RestoreRequest, RestoreTransaction } from '../../ports.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type {
  ForeignKey,
  SchemaStatement,
  SequenceState,
  TableDefinition,
  TableName,
} from '../../snapshot/table.ts';
import { readCatalogue, type SqliteCatalogue } from './catalogue.ts';
import type { Handle, SqliteConnection } from './connection.ts';
import { countOrphans } from './foreign-keys.ts';
import { fillWithoutIndexes } from './index-rebuild.ts';
import { quoteTable } from './quote.ts';
import { RowDeleter } from './row-deleter.ts';
import { RowInserter } from './row-inserter.ts';
import { RowReader } from './row-reader.ts';
import { writeSequences } from './sequences.ts';
import { toAppError } from './sqlite-errors.ts';
import { dropTriggers } from './triggers.ts';

/** Begins the one transaction of a restore; from then on no other connection writes. */
export async function openRestore(
  connection: SqliteConnection,
  request: RestoreRequest,
): Promise<RestoreTransaction> {
  const { handle, file } = connection;
  // Settings of the connection, which SQLite takes only outside a transaction.
  handle.pragma('foreign_keys = OFF');
  handle.pragma('synchronous = EXTRA');
  handle.pragma('temp_store = MEMORY');
  try {
    await connection.waitForLock(`Cannot write to ${file}`, () => handle.exec('BEGIN IMMEDIATE'));
    createSchema(handle, request.createSchema);
    const content = readCatalogue(handle);
    const tables = new Set(request.tables.map((table) => content.shapes.get(table).name));
    const triggers = dropTriggers(handle, tables);
    return new SqliteRestore(connection, { content, triggers });
  } catch (error) {
    if (handle.inTransaction) handle.exec('ROLLBACK');
    connection.signal?.throwIfAborted();
    throw toAppError(error, `Cannot begin the restore of ${file}`, 'RESTORE.SCHEMA');
  }
}

function createSchema(handle: Handle, statements: readonly SchemaStatement[]): void {
  for (const { kind, name, sql } of statements) {
    try {
      if (!/^\s*CREATE\s/i.test(sql)) throw new Error('it is not a CREATE statement');
      // Takes one statement only, so none can end the transaction.
      handle.prepare(sql).run();
    } catch (error) {
      throw toAppError(error, `Cannot create ${kind} ${name}`, 'RESTORE.SCHEMA');
    }
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
      throw toAppErrorOrReason(error, what, this.#connection);
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
    const hasParent = this.#content.shapes.all.some(({ name }) => name === foreignKey.parent.name);
    return this.#do(`Cannot check foreign key ${foreignKey.name}`, (handle) =>
      countOrphans(handle, foreignKey, { hasParent }),
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
    this.#do('Cannot put the triggers back', () => {
      for (const sql of this.#triggers) handle.exec(sql);
    });
    try {
      await this.#connection.waitForLock(`Cannot write to ${file}`, () => handle.exec('COMMIT'));
    } catch (error) {
      throw toAppErrorOrReason(error, `Cannot write to ${file}`, this.#connection);
    }
    return [];
  }

  async rollback(): Promise<void> {
    const { handle } = this.#connection;
    if (handle.open && handle.inTransaction) handle.exec('ROLLBACK');
  }

  #sql(table: TableName): string {
    return quoteTable(this.#content.shapes.get(table).name);
  }

  #do<T>(what: string, action: (handle: Handle) => T): T {
    this.#connection.signal?.throwIfAborted();
    try {
      return action(this.#connection.handle);
    } catch (error) {
      throw toAppError(error, `${what} of ${this.#connection.file}`, 'RESTORE.ROW');
    }
  }
}

function isTableEmpty(handle: Handle, { name }: TableName): boolean {
  return handle.prepare(`SELECT 1 FROM ${quoteTable(name)} LIMIT 1`).get() === undefined;
}

/** An aborted operation rejects with the reason of the abort, as it is. */
function toAppErrorOrReason(error: unknown, what: string, { signal, file }: SqliteConnection): unknown {
  return signal?.aborted ? signal.reason : toAppError(error, `${what} of ${file}`, 'RESTORE.ROW');
}
