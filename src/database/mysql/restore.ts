import { AppError, describeError, InternalError } from '../../errors.ts';
import type { Catalogue, ReadOptions, RestoreTransaction } from '../../ports/database.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type {
  ForeignKey,
  SchemaStatement,
  SequenceState,
  TableDefinition,
  TableName,
} from '../../snapshot/table.ts';
import type { MysqlCatalogue } from './catalogue.ts';
import { type CellWriter, createCellWriter } from './cell-writer.ts';
import type { MysqlColumn } from './column.ts';
import { type Counter, planCounters, setCounters } from './counters.ts';
import { deleteRows } from './delete-rows.ts';
import { attempt } from './failure.ts';
import { insertRows } from './insert-rows.ts';
import { dropCreatedTables, putTriggersBack } from './journal.ts';
import { quoteName } from './quote.ts';
import type { RestoreEnvironment } from './ready-session.ts';
import { readRows } from './rows.ts';
import { releaseRunLock } from './run-lock.ts';
import type { Session } from './session.ts';
import type { ServerFacts } from './settings.ts';
import { findTable, type MysqlTable } from './table.ts';
import type { TableLocks } from './table-locks.ts';
import { takeBackElsewhere } from './take-back.ts';
import { describeChangedTriggers, readTriggers } from './triggers.ts';

interface RestoreState extends RestoreEnvironment {
  readonly session: Session;
  readonly facts: ServerFacts;
  readonly read: MysqlCatalogue;
  readonly locks: TableLocks;
  readonly journal: readonly SchemaStatement[];
}

/** One transaction under LOCK TABLES, in a session without foreign-key checks. */
export class MysqlRestore implements RestoreTransaction {
  readonly #state: RestoreState;
  #counters: readonly Counter[] = [];
  #isCommitted = false;
  #isOver = false;

  constructor(state: RestoreState) {
    this.#state = state;
  }

  get catalogue(): Catalogue {
    return this.#state.read.catalogue;
  }

  rows(table: TableDefinition, options: ReadOptions = {}): RowSource {
    return readRows(this.#state.session, this.#state.read.tables, { table, ...options });
  }

  async clear(tables: readonly TableName[]): Promise<void> {
    for (const { name } of tables) {
      // TRUNCATE would commit.
      await attempt({ what: `Cannot empty table ${name}`, otherwise: 'RESTORE.ROW' }, () =>
        this.#state.session.run(`DELETE FROM ${quoteName(name)}`),
      );
    }
  }

  async deleteRows(table: TableDefinition, keys: RowSource): Promise<number> {
    const live = this.#findTable(table);
    const key = (table.key ?? []).map((name) => findColumn(live, table, name));
    return deleteRows(this.#state.session, live.definition.name, key, keys);
  }

  async insertRows(table: TableDefinition, columns: readonly string[], rows: RowSource): Promise<number> {
    const live = this.#findTable(table);
    const writers = columns.map((name): CellWriter | null => {
      const column = findColumn(live, table, name);
      return column.definition.generated ? null : createCellWriter(column);
    });
    const { session, facts } = this.#state;
    return insertRows(session, facts, { table: live.definition.name, writers }, rows);
  }

  async countRows(table: TableName): Promise<number> {
    return this.#count(
      `SELECT COUNT(*) FROM ${quoteName(table.name)}`,
      `Cannot count the rows of ${table.name}`,
    );
  }

  async countOrphans(foreignKey: ForeignKey): Promise<number> {
    const what = `Cannot check the foreign key ${foreignKey.name} of ${foreignKey.table.name}`;
    return this.#count(this.#state.locks.orphanQuery(foreignKey), what);
  }

  async setSequences(
    sequences: readonly SequenceState[],
    options: { readonly atLeastCurrent: boolean },
  ): Promise<readonly string[]> {
    const { session, read } = this.#state;
    const plan = await planCounters(session, read.tables, { sequences, ...options });
    this.#counters = plan.counters;
    return plan.notes;
  }

  async commit(): Promise<readonly string[]> {
    const { session, journal, read, identity } = this.#state;
    // Between COMMIT and the last trigger nothing may be given up.
    session.ignoreAbort();
    await session.run('COMMIT').catch((error: unknown) => {
      throw unknownOutcome(error);
    });
    this.#isCommitted = true;
    await putTriggersBack(session, journal).catch((error: unknown) => this.#putTriggersBackElsewhere(error));
    try {
      const changes = describeChangedTriggers(read.triggers, await readTriggers(session));
      const notes = await setCounters(session, this.#counters);
      await session.run('UNLOCK TABLES');
      await releaseRunLock(session, identity.name);
      return [...changes, ...notes];
    } catch (error) {
      throw restoredButFor(error);
    } finally {
      this.#isOver = true;
      session.close();
    }
  }

  async rollback(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const { session, journal } = this.#state;
    try {
      if (session.isOpen) await this.#takeBack(session);
      else if (journal.length > 0) await this.#takeBackElsewhere();
    } catch (error) {
      if (journal.length > 0)
        throw unfinished('The restore was taken back, but not what it had prepared', error);
      // The server takes back what a lost connection had not committed.
    } finally {
      session.close();
    }
  }

  /** The rows stay restored. Without its triggers the application must not write longer than it has to. */
  async #putTriggersBackElsewhere(first: unknown): Promise<never> {
    this.#isOver = true;
    this.#state.session.close();
    await this.#takeBackElsewhere().catch(() => {
      throw unfinished('The rows are restored, but triggers could not be created again', first);
    });
    throw restoredButFor(first);
  }

  async #takeBack(session: Session): Promise<void> {
    await session.run('ROLLBACK');
    await putTriggersBack(session, this.#state.journal);
    await session.run('UNLOCK TABLES');
    await dropCreatedTables(session, this.#state.journal);
    await releaseRunLock(session, this.#state.identity.name);
  }

  #takeBackElsewhere(): Promise<void> {
    const { journal } = this.#state;
    return takeBackElsewhere(this.#state, { journal, isCommitted: this.#isCommitted });
  }

  #findTable(table: TableName): MysqlTable {
    const live = findTable(this.#state.read.tables, table);
    if (live === undefined) throw new InternalError(`table ${table.name} is not in the database`);
    return live;
  }

  async #count(query: string, what: string): Promise<number> {
    const [row] = await attempt({ what, otherwise: 'DATABASE.READ' }, () => this.#state.session.query(query));
    return Number(row?.[0]);
  }
}

/** The live column of that name. @throws AppError RESTORE.SCHEMA where its cells are encoded in another way */
function findColumn(live: MysqlTable, table: TableDefinition, name: string): MysqlColumn {
  const column = live.columns.find(({ definition }) => definition.name === name);
  const given = table.columns.find((candidate) => candidate.name === name);
  if (column !== undefined && given?.encoding === column.definition.encoding) return column;
  throw new AppError(
    'RESTORE.SCHEMA',
    `Cannot restore table ${table.name}: its column ${name} is ${column?.definition.type ?? 'missing'}, not ${given?.type ?? 'known'} as in the snapshot`,
    { hint: 'Bring the database to the schema of the snapshot with prisma migrate deploy' },
  );
}

function unknownOutcome(error: unknown): AppError {
  return new AppError(
    'DATABASE.LOST',
    `Cannot commit the restore: ${describeError(error)}; whether it was committed is not known`,
    {
      hint: 'Compare the database with the snapshot: holdfast restore <snapshot> --dry-run; to go back: holdfast undo',
      cause: error,
    },
  );
}

/** What is left then is only a matter of next ids, which are free in any case. */
function restoredButFor(error: unknown): AppError {
  return new AppError(
    'DATABASE.LOST',
    `The rows are restored and committed, but the restore did not come to its end: ${describeError(error)}`,
    {
      hint: 'Next ids may be higher than in the snapshot; to have them exact, run the restore again; to go back: holdfast undo',
      cause: error,
    },
  );
}

function unfinished(what: string, error: unknown): AppError {
  return new AppError('RESTORE.UNFINISHED', `${what}: ${describeError(error)}`, {
    hint: 'Run holdfast undo: it finishes what the restore journal holds',
    cause: error,
  });
}
