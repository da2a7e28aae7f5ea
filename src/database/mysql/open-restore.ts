import { AppError, describeError } from '../../errors.ts';
import type { RestoreRequest, RestoreTransaction } from '../../ports/database.ts';
import type { SchemaStatement } from '../../snapshot/table.ts';
import {
  type CatalogueContext,
  fingerprint,
  type MysqlCatalogue,
  readSettledCatalogue,
} from './catalogue.ts';
import { attempt, describeFailure } from './failure.ts';
import { describeCreatedTables, dropCreatedTables, putTriggersBack } from './journal.ts';
import { describeLocked } from './locked.ts';
import { quoteName } from './quote.ts';
import type { ReadySession, RestoreEnvironment } from './ready-session.ts';
import { refuseTables, refuseUntrustedCreators, triggersOf } from './refusals.ts';
import { MysqlRestore } from './restore.ts';
import { takeRunLock } from './run-lock.ts';
import type { Session } from './session.ts';
import { TableLocks } from './table-locks.ts';
import { takeBackElsewhere } from './take-back.ts';
import { readTriggerStatements } from './trigger-statements.ts';

const maxTries = 5;

/** Creates the missing tables, locks, and takes triggers down; on any failure everything is put back. */
export async function openRestore(
  { session, context }: ReadySession,
  request: RestoreRequest,
  environment: RestoreEnvironment,
): Promise<RestoreTransaction> {
  const journal: SchemaStatement[] = [];
  try {
    await takeRunLock(session, environment.identity.name);
    await createTables(session, request, journal);
    const { read, locks } = await lockTables(session, context, request);
    await takeTriggersDown(session, request, { read, context, journal });
    return new MysqlRestore({ session, facts: context.facts, read, locks, journal, ...environment });
  } catch (error) {
    const told = describeFailure(error, { what: 'Cannot begin the restore', otherwise: 'RESTORE.CHECK' });
    throw await putBack(session, { journal, environment, error: told });
  }
}

/** Creating a table commits, so all that are created are written down first. */
async function createTables(
  session: Session,
  { createSchema, saveJournal }: RestoreRequest,
  journal: SchemaStatement[],
): Promise<void> {
  if (createSchema.length === 0) return;
  await refuseExisting(session, createSchema);
  const tables = createSchema.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  journal.push(...describeCreatedTables(tables));
  await saveJournal({ statements: [...journal] });
  for (const { name, sql } of createSchema) {
    await attempt({ what: `Cannot create table ${name}`, otherwise: 'RESTORE.SCHEMA' }, () =>
      session.run(sql),
    );
  }
}

async function refuseExisting(session: Session, createSchema: readonly SchemaStatement[]): Promise<void> {
  const rows = await session.query('SHOW TABLES');
  const present = new Set(rows.map(([name]) => name));
  const taken = createSchema.filter(({ name }) => present.has(name)).map(({ name }) => name);
  if (taken.length === 0) return;
  throw new AppError('RESTORE.SCHEMA', `Cannot create table ${taken.join(', ')}: it is there already`, {
    hint: 'Restore without --create-schema, or drop the table first',
  });
}

interface Locked {
  readonly read: MysqlCatalogue;
  readonly locks: TableLocks;
}

/** Locks the tables as the catalogue says them, and begins again where the catalogue changed meanwhile. */
async function lockTables(
  session: Session,
  context: CatalogueContext,
  request: RestoreRequest,
): Promise<Locked> {
  for (let tries = 1; tries <= maxTries; tries++) {
    const before = await readSettledCatalogue(session, context);
    if (before === null) continue;
    refuseTables(before, request, context);
    const locks = new TableLocks(before.catalogue, request.tables);
    await session.run('SET SESSION autocommit = 0');
    await takeLocks(session, locks);
    const { definition } = before.catalogue;
    const after = await readSettledCatalogue(session, { ...context, definition });
    if (after !== null && fingerprint(after) === fingerprint(before)) return { read: after, locks };
    await session.run('UNLOCK TABLES');
  }
  throw new AppError('DATABASE.CHANGED', 'Cannot restore: the tables are altered all the time', {
    hint: 'Run the command again when no migration is running',
  });
}

async function takeLocks(session: Session, locks: TableLocks): Promise<void> {
  if (locks.statement === null) return;
  try {
    await session.run(locks.statement);
  } catch (error) {
    throw await describeLocked(session, error, {
      what: 'Cannot lock the tables',
      otherwise: 'DATABASE.LOCKED',
    });
  }
}

interface Lowering {
  readonly read: MysqlCatalogue;
  readonly context: CatalogueContext;
  readonly journal: SchemaStatement[];
}

/** Writes down how to create the triggers again, and drops them under the locks. */
async function takeTriggersDown(
  session: Session,
  request: RestoreRequest,
  lowering: Lowering,
): Promise<void> {
  const triggers = triggersOf(lowering.read, request.tables);
  if (triggers.length === 0) return;
  await refuseUntrustedCreators(session, lowering.context);
  const statements = await readTriggerStatements(session, triggers);
  lowering.journal.push(...statements);
  await request.saveJournal({ statements: [...lowering.journal] });
  for (const { name } of triggers) {
    const what = `Cannot drop trigger ${name}`;
    await attempt({ what, otherwise: 'RESTORE.TRIGGERS' }, () =>
      session.run(`DROP TRIGGER ${quoteName(name)}`),
    );
  }
}

interface FailedOpening {
  readonly journal: readonly SchemaStatement[];
  readonly environment: RestoreEnvironment;
  readonly error: unknown;
}

/** After a failure to open: nothing was changed but what the journal holds. */
async function putBack(session: Session, { journal, environment, error }: FailedOpening): Promise<unknown> {
  if (journal.length === 0) return error;
  try {
    if (!session.isOpen) {
      await takeBackElsewhere(environment, { journal, isCommitted: false });
      return error;
    }
    await session.run('ROLLBACK');
    await putTriggersBack(session, journal);
    await session.run('UNLOCK TABLES');
    await dropCreatedTables(session, journal);
    return error;
  } catch (failure) {
    return new AppError(
      'RESTORE.UNFINISHED',
      `${describeError(error)}; and what was prepared could not be put back: ${describeError(failure)}`,
      { hint: 'Run holdfast undo when the server can be reached', cause: error },
    );
  }
}
