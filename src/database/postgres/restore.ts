import { AppError, InternalError } from '../../errors.ts';
import type { ReadOptions, RestoreRequest, RestoreTransaction } from '../../ports/database.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import {
  type ForeignKey,
  formatTableName,
  isSameTable,
  type SequenceState,
  type TableDefinition,
  type TableName,
} from '../../snapshot/table.ts';
import { findTable, type PostgresCatalogue, type PostgresTable } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { deleteRows } from './delete-rows.ts';
import { insertRows } from './insert-rows.ts';
import { refreshMaterializedViews } from './materialized-views.ts';
import { countOrphans } from './orphans.ts';
import { quoteIdentifiers } from './quoting.ts';
import { readRows } from './read-rows.ts';
import { withPartitions } from './relations.ts';
import { prepareRestore } from './restore-preparation.ts';
import { rebuildIndexes, type SetAsideIndex, setIndexesAside } from './set-aside-indexes.ts';
import { setSequences } from './set-sequences.ts';
import { fromClause, storedTables } from './table-source.ts';
import { putBack, type TakenDown, tryForeignKey } from './take-down.ts';
import { rollBack } from './transaction.ts';

/** Opens the transaction of a restore, with its locks taken and everything down that would act on the rows. */
export async function openPostgresRestore(
  connection: PostgresConnection,
  request: RestoreRequest,
): Promise<RestoreTransaction> {
  try {
    const { catalogue, takenDown, oids } = await prepareRestore(connection, request);
    return new PostgresRestore(connection, { catalogue, takenDown, oids });
  } catch (error) {
    await rollBack(connection);
    throw connection.failure(error, 'Cannot begin the restore', 'RESTORE.CHECK');
  }
}

class PostgresRestore implements RestoreTransaction {
  readonly catalogue: PostgresCatalogue;
  readonly #connection: PostgresConnection;
  readonly #takenDown: TakenDown;
  /** The relations whose rows may change. */
  readonly #oids: readonly number[];
  readonly #setAside: SetAsideIndex[] = [];
  #hasEnded = false;

  constructor(
    connection: PostgresConnection,
    state: {
      readonly catalogue: PostgresCatalogue;
      readonly takenDown: TakenDown;
      readonly oids: readonly number[];
    },
  ) {
    this.#connection = connection;
    this.catalogue = state.catalogue;
    this.#takenDown = state.takenDown;
    this.#oids = state.oids;
  }

  rows(table: TableDefinition, options: ReadOptions = {}): RowSource {
    return readRows(this.#connection, this.#table(table), options);
  }

  async clear(tables: readonly TableName[]): Promise<void> {
    const names = tables.flatMap((table) => storedTables(this.#table(table).root));
    if (names.length === 0) return;
    const oids = withPartitions(tables.map((table) => this.#table(table).root)).map(({ oid }) => oid);
    await this.#run('Cannot empty the tables', async () => {
      await this.#connection.query(`TRUNCATE ${names.join(', ')}`);
      this.#setAside.push(...(await setIndexesAside(this.#connection, oids)));
    });
  }

  async deleteRows(table: TableDefinition, keys: RowSource): Promise<number> {
    return deleteRows(this.#connection, { table: this.#table(table), definition: table }, keys);
  }

  async insertRows(table: TableDefinition, columns: readonly string[], rows: RowSource): Promise<number> {
    const plan = { table: this.#table(table), definition: table, columns };
    await this.#setSearchPath(this.#applicationPath);
    const inserted = await insertRows(this.#connection, plan, rows);
    await this.#setSearchPath(`''`);
    return inserted;
  }

  async countRows(table: TableName): Promise<number> {
    const { root, columns } = this.#table(table);
    const source = fromClause(
      root,
      columns.map((column) => column.name),
    );
    const count = `SELECT count(*)::text AS rows FROM ${source}`;
    const [row] = await this.#run(`Cannot count the rows of ${formatTableName(table)}`, () =>
      this.#connection.query<{ rows: string }>(count),
    );
    return Number(row!.rows);
  }

  async countOrphans(foreignKey: ForeignKey): Promise<number> {
    const found = this.catalogue.postgresForeignKeys.find(
      (one) => one.name === foreignKey.name && isSameTable(one.table, foreignKey.table),
    );
    if (found === undefined) throw new InternalError(`The database has no foreign key ${foreignKey.name}`);
    return this.#run(`Cannot check foreign key ${foreignKey.name}`, async () => {
      const isThere = await tryForeignKey(this.#connection, this.#takenDown, found);
      return isThere ? 0 : countOrphans(this.#connection, found);
    });
  }

  async setSequences(
    sequences: readonly SequenceState[],
    options: { readonly atLeastCurrent: boolean },
  ): Promise<readonly string[]> {
    return setSequences(this.#connection, this.catalogue, { saved: sequences, ...options });
  }

  async commit(): Promise<readonly string[]> {
    const connection = this.#connection;
    await this.#setSearchPath(this.#applicationPath);
    await this.#run('Cannot rebuild the indexes', () => rebuildIndexes(connection, this.#setAside));
    const sentences = await this.#run('Cannot finish the restore', async () => [
      ...(await putBack(connection, this.#takenDown)),
      ...(await refreshMaterializedViews(connection, this.#oids)),
    ]);
    await this.#commit();
    return sentences;
  }

  async rollback(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await rollBack(this.#connection);
  }

  /**
   * The functions of the application, behind generated columns, checks and indexes, find what they find for it; names
   * that are read are qualified in full all the same, as in a snapshot.
   */
  get #applicationPath(): string {
    return quoteIdentifiers([...new Set([...this.catalogue.schemas, 'public'])]);
  }

  async #setSearchPath(path: string): Promise<void> {
    const sql = `SET LOCAL search_path = ${path}`;
    await this.#run('Cannot write to the tables', () => this.#connection.query(sql));
  }

  async #commit(): Promise<void> {
    let command: string;
    this.#connection.ignoreAbort();
    try {
      ({ command } = await this.#connection.execute('COMMIT'));
    } catch (error) {
      const known = this.#connection.failure(error, 'Cannot commit the restore', 'RESTORE.CHECK');
      if (!(known instanceof AppError) || known.code !== 'DATABASE.LOST') throw known;
      throw new AppError('DATABASE.LOST', `${known.message}; whether it was committed is not known`, {
        hint: 'Compare the database with the snapshot: holdfast restore <snapshot> --dry-run; to go back: holdfast undo.',
        cause: error,
      });
    }
    this.#hasEnded = true;
    // A transaction that has failed answers COMMIT with ROLLBACK and no error.
    if (command !== 'COMMIT')
      throw new AppError('RESTORE.CHECK', 'Cannot commit the restore: the server took it back');
  }

  #table(name: TableName): PostgresTable {
    const table = findTable(this.catalogue, name);
    if (table !== undefined) return table;
    throw new AppError('RESTORE.SCHEMA', `The database has no table ${formatTableName(name)}`, {
      hint: 'Run prisma migrate deploy first, or restore with --create-schema.',
    });
  }

  async #run<Result>(what: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      throw this.#connection.failure(error, what, 'RESTORE.CHECK');
    }
  }
}
