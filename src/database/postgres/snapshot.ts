import { AppError, InternalError } from '../../errors.ts';
import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import type { DatabaseSnapshot, ReadOptions, Scope } from '../../ports/database.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { formatTableName, type TableDefinition } from '../../snapshot/table.ts';
import { findTable, type PostgresCatalogue, readCatalogue, wantedSchemas } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { sqlState } from './database-errors.ts';
import { quoteTable } from './quoting.ts';
import { readRows } from './read-rows.ts';
import {
  fingerprint,
  listRelations,
  type RootRelation,
  resolveSchemas,
  withPartitions,
} from './relations.ts';
import { runCheck } from './run-check.ts';
import { explainLockFailure, lockName, lockTables } from './table-locks.ts';
import { beginTransaction, rollBack } from './transaction.ts';

/** How often the tables may change between their listing and their locks before it is given up. */
const maxAttempts = 10;
/** A table or a schema that was dropped between its listing and its lock. */
const goneStates = ['42P01', '3F000'];

/** Opens one instant of all tables in scope. */
export async function openPostgresSnapshot(
  connection: PostgresConnection,
  scope: Scope,
): Promise<DatabaseSnapshot> {
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const catalogue = await tryOpen(connection, scope);
      if (catalogue !== null) return new PostgresSnapshot(connection, catalogue);
    }
  } catch (error) {
    throw connection.failure(error, 'Cannot read the database', 'DATABASE.READ');
  }
  throw new AppError('DATABASE.CHANGED', 'Cannot read the database: its tables keep changing', {
    hint: 'Run the backup again when no migration is running.',
  });
}

/**
 * The locks come before the first query of the transaction, so that its snapshot is taken after them: a TRUNCATE that
 * came between would otherwise read as an empty table.
 *
 * @returns null when the tables changed meanwhile
 */
async function tryOpen(connection: PostgresConnection, scope: Scope): Promise<PostgresCatalogue | null> {
  const { schemas } = await resolveSchemas(connection, wantedSchemas(connection.target, scope));
  const listed = await listRelations(connection, schemas);
  refuseUnreadable(listed);
  await beginTransaction(connection, 'REPEATABLE READ READ ONLY');
  try {
    await lockTables(connection, listed.map(lockName), 'ACCESS SHARE');
  } catch (error) {
    await rollBack(connection);
    if (goneStates.includes(sqlState(error) ?? '')) return null;
    const oids = withPartitions(listed).map((one) => one.oid);
    throw await explainLockFailure(connection, error, { oids, mode: 'ACCESS SHARE' });
  }
  try {
    const catalogue = await readCatalogue(connection, scope);
    if (fingerprint(catalogue.relations) === fingerprint(listed)) return catalogue;
  } catch (error) {
    await rollBack(connection);
    throw error;
  }
  await rollBack(connection);
  return null;
}

function refuseUnreadable(relations: readonly RootRelation[]): void {
  const hidden = relations.filter((one) => !one.isReadable);
  const [first] = hidden;
  if (first === undefined) return;
  const more = hidden.length === 1 ? '' : ` and ${hidden.length - 1} more`;
  throw new AppError(
    'DATABASE.PERMISSION',
    `Cannot read table ${formatTableName(first)}${more}: the role has no SELECT privilege`,
    {
      hint: `Grant it to the role of the database URL: GRANT SELECT ON ${hidden.map(quoteTable).join(', ')} TO …; and USAGE on their schemas.`,
    },
  );
}

class PostgresSnapshot implements DatabaseSnapshot {
  readonly catalogue: PostgresCatalogue;
  readonly #connection: PostgresConnection;
  #isClosed = false;

  constructor(connection: PostgresConnection, catalogue: PostgresCatalogue) {
    this.#connection = connection;
    this.catalogue = catalogue;
  }

  rows(table: TableDefinition, options: ReadOptions = {}): RowSource {
    const found = findTable(this.catalogue, table);
    if (found === undefined) throw new InternalError(`The snapshot has no table ${formatTableName(table)}`);
    return readRows(this.#connection, found, options);
  }

  async check(query: CheckQuery, options: CheckOptions): Promise<CheckAnswer> {
    return runCheck(this.#connection, this.catalogue, { query, options });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await rollBack(this.#connection);
  }
}
