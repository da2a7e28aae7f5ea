import { AppError } from '../../errors.ts';
import type { RestoreRequest } from '../../ports/database.ts';
import { formatTableName, type SchemaStatement, tableId } from '../../snapshot/table.ts';
import { type PostgresCatalogue, readCatalogue, wantedSchemas } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { sqlState } from './database-errors.ts';
import { readForeignKeys } from './foreign-keys.ts';
import {
  fingerprint,
  listRelations,
  type RootRelation,
  resolveSchemas,
  withPartitions,
} from './relations.ts';
import { explainLockFailure, lockName, lockTables } from './table-locks.ts';
import { type TakenDown, takeDown } from './take-down.ts';
import { beginTransaction, rollBack } from './transaction.ts';

/** Keeps two restores of one database apart; the letters of `holdfast` as a number. */
const advisoryKey = '7525352680829580148';
const maxAttempts = 10;
const lockNotAvailable = '55P03';

/** A transaction that is ready for rows. */
export interface PreparedRestore {
  readonly catalogue: PostgresCatalogue;
  readonly takenDown: TakenDown;
  /** The relations whose rows may change. */
  readonly oids: readonly number[];
}

/**
 * Begins the transaction, makes the tables that are asked for, takes all locks, and takes down what would act on the
 * rows. After a failure the caller rolls back.
 */
export async function prepareRestore(
  connection: PostgresConnection,
  request: RestoreRequest,
): Promise<PreparedRestore> {
  await beginTransaction(connection, 'READ COMMITTED READ WRITE');
  if (request.isPrivate !== true) await takeRunLock(connection);
  for (const statement of request.createSchema) await createSchema(connection, statement);
  const chosen = await lockChosen(connection, request);
  const catalogue = await readCatalogue(connection, request.scope);
  const oids = withPartitions(chosen).map((one) => one.oid);
  // What deferrable unique constraints refuse is then told with the row that they refuse.
  await connection.query('SET CONSTRAINTS ALL IMMEDIATE');
  const takenDown = await takeDown(connection, oids).catch((error: unknown) => {
    throw connection.failure(error, 'Cannot prepare the tables for the restore', 'RESTORE.CHECK');
  });
  return { catalogue, takenDown, oids };
}

/** Held until the transaction ends; the server frees it when the connection dies. */
async function takeRunLock(connection: PostgresConnection): Promise<void> {
  try {
    await connection.query(`SELECT pg_advisory_xact_lock(${advisoryKey})`);
  } catch (error) {
    if (sqlState(error) !== lockNotAvailable) throw error;
    throw new AppError('RUN.LOCKED', 'Another restore into this database is running', {
      hint: 'Wait until it has ended, then run the command again.',
      cause: error,
    });
  }
}

async function createSchema(connection: PostgresConnection, statement: SchemaStatement): Promise<void> {
  try {
    // IF NOT EXISTS asks for the right to create schemas even where there is nothing to create.
    if (statement.kind === 'schema' && (await hasSchema(connection, statement.name))) return;
    await connection.query(statement.sql);
  } catch (error) {
    throw connection.failure(error, `Cannot create ${statement.kind} ${statement.name}`, 'RESTORE.SCHEMA');
  }
}

async function hasSchema(connection: PostgresConnection, name: string): Promise<boolean> {
  const rows = await connection.query('SELECT FROM pg_namespace WHERE nspname = $1', [name]);
  return rows.length > 0;
}

/** Locks the chosen tables and their foreign-key neighbours; partitions that come in between are locked as well. */
async function lockChosen(
  connection: PostgresConnection,
  request: RestoreRequest,
): Promise<readonly RootRelation[]> {
  const wanted = wantedSchemas(connection.target, request.scope);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const chosen = await listChosen(connection, wanted, request);
    const oids = withPartitions(chosen).map((one) => one.oid);
    const neighbours = await readForeignKeys(connection, oids);
    const names = new Set([
      ...chosen.map(lockName),
      ...neighbours.flatMap((key) => [key.childSource, key.parentSource]),
    ]);
    const allOids = [...oids, ...neighbours.flatMap((key) => [key.childOid, key.parentOid])];
    try {
      await lockTables(connection, [...names].sort(), 'ACCESS EXCLUSIVE');
    } catch (error) {
      await rollBack(connection);
      throw await explainLockFailure(connection, error, { oids: allOids, mode: 'ACCESS EXCLUSIVE' });
    }
    if (fingerprint(chosen) === fingerprint(await listChosen(connection, wanted, request))) return chosen;
  }
  throw new AppError('DATABASE.CHANGED', 'Cannot begin the restore: the tables keep changing', {
    hint: 'Run it again when no migration is running.',
  });
}

async function listChosen(
  connection: PostgresConnection,
  wanted: readonly string[] | 'all',
  request: RestoreRequest,
): Promise<readonly RootRelation[]> {
  const { schemas } = await resolveSchemas(connection, wanted);
  const byId = new Map((await listRelations(connection, schemas)).map((root) => [tableId(root), root]));
  return request.tables.map((table) => {
    const root = byId.get(tableId(table));
    if (root !== undefined) return root;
    throw new AppError('RESTORE.SCHEMA', `The database has no table ${formatTableName(table)}`, {
      hint: 'Run prisma migrate deploy first, or restore with --create-schema.',
    });
  });
}
