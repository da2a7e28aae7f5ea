import { AppError } from '../../errors.ts';
import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import type { Catalogue, DatabaseSnapshot, ReadOptions } from '../../ports/database.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type { TableDefinition } from '../../snapshot/table.ts';
import {
  type CatalogueContext,
  fingerprint,
  type MysqlCatalogue,
  readSettledCatalogue,
} from './catalogue.ts';
import { attempt, isServerError, serverErrors } from './failure.ts';
import { describeLocked } from './locked.ts';
import { quoteName } from './quote.ts';
import { readRows } from './rows.ts';
import { runCheck } from './run-check.ts';
import type { Session } from './session.ts';

/** A schema that changes under every one of so many tries is not settling. */
const maxTries = 5;

/**
 * Opens one instant of the database: the consistent snapshot first, then the lock of every table's definition, then
 * the catalogue again. Where the schema changed in between, everything is done again.
 */
export async function openSnapshot(session: Session, context: CatalogueContext): Promise<DatabaseSnapshot> {
  // At READ COMMITTED the consistent snapshot is ignored without a word.
  await session.run('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  for (let tries = 1; tries <= maxTries; tries++) {
    const before = await readSettledCatalogue(session, context);
    if (before === null) continue;
    await session.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    if (await holdTables(session, before)) {
      // After the tables that are seen: one that may not be read is then named.
      refuseInvisible(context);
      const after = await readSettledCatalogue(session, context);
      if (after !== null && fingerprint(after) === fingerprint(before))
        return new MysqlSnapshot(session, after);
    }
    await session.run('ROLLBACK');
  }
  throw new AppError('DATABASE.CHANGED', 'Cannot read the database: its tables are altered all the time', {
    hint: 'Run the command again when no migration is running',
  });
}

/** A table that the account has no right on is not even listed: it would be missing without a word. */
function refuseInvisible({ rights }: CatalogueContext): void {
  if (rights.seesEveryTable) return;
  throw new AppError(
    'DATABASE.PERMISSION',
    `Cannot read database ${rights.database}: the user ${rights.account} has no SELECT right on the whole of it, and the server hides tables that a user has no right on`,
    {
      hint: `Run as an administrator of the server: GRANT SELECT ON ${quoteName(rights.database)}.* TO the user`,
    },
  );
}

/** Takes the metadata lock of every table; false when one is no longer what the catalogue says. */
async function holdTables(session: Session, { catalogue }: MysqlCatalogue): Promise<boolean> {
  for (const { name } of catalogue.tables) {
    try {
      // The first asks for the right to every column. The second reads, and so meets a table that was emptied or
      // rebuilt after the instant of the snapshot.
      await session.query(`SELECT * FROM ${quoteName(name)} LIMIT 0`);
      await session.query(`SELECT 1 FROM ${quoteName(name)} LIMIT 1`);
    } catch (error) {
      if (isServerError(error, serverErrors.tableChanged) || isServerError(error, serverErrors.noSuchTable)) {
        return false;
      }
      const what = `Cannot read table ${name}`;
      throw await describeLocked(session, error, { what, otherwise: 'DATABASE.READ' });
    }
  }
  return true;
}

class MysqlSnapshot implements DatabaseSnapshot {
  readonly #session: Session;
  readonly #read: MysqlCatalogue;

  constructor(session: Session, read: MysqlCatalogue) {
    this.#session = session;
    this.#read = read;
  }

  get catalogue(): Catalogue {
    return this.#read.catalogue;
  }

  rows(table: TableDefinition, options: ReadOptions = {}): RowSource {
    return readRows(this.#session, this.#read.tables, { table, ...options });
  }

  async check(query: CheckQuery, options: CheckOptions): Promise<CheckAnswer> {
    return runCheck(this.#session, { query, options });
  }

  async close(): Promise<void> {
    if (!this.#session.isOpen) return;
    await attempt({ what: 'Cannot end the snapshot', otherwise: 'DATABASE.LOST' }, () =>
      this.#session.run('ROLLBACK'),
    ).finally(() => this.#session.close());
  }
}
