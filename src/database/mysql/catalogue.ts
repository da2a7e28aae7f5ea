import { AppError } from '../../errors.ts';
import type { Catalogue } from '../../ports/database.ts';
import type { SchemaStatement, SequenceState, TableDefinition } from '../../snapshot/table.ts';
import { tableId } from '../../snapshot/table.ts';
import { readCharsets } from './charset.ts';
import { describeColumn } from './column.ts';
import { readDefinition } from './definition.ts';
import { attempt } from './failure.ts';
import { readForeignKeys } from './foreign-keys.ts';
import type { Rights } from './grants.ts';
import {
  readColumnRows,
  readPeriodColumns,
  readTableRows,
  readUniqueIndexes,
  type TableRow,
} from './information-schema.ts';
import { readLeftOut } from './left-out.ts';
import type { Session } from './session.ts';
import type { ServerFacts } from './settings.ts';
import { describeKeys, isTransactionalEngine, type MysqlTable, tableName } from './table.ts';
import { readTriggers, type TriggerRow } from './triggers.ts';

/** What the database holds, for the callers of the engine and for the engine itself. */
export interface MysqlCatalogue {
  readonly catalogue: Catalogue;
  readonly tables: ReadonlyMap<string, MysqlTable>;
  readonly triggers: readonly TriggerRow[];
}

export interface CatalogueContext {
  readonly facts: ServerFacts;
  readonly rights: Rights;
  /** Where given, used as it is: under LOCK TABLES other tables' definitions cannot be asked for. */
  readonly definition?: readonly SchemaStatement[];
}

async function readCatalogue(session: Session, context: CatalogueContext): Promise<MysqlCatalogue> {
  const attempted = {
    what: 'Cannot read the catalogue of the database',
    otherwise: 'DATABASE.READ',
  } as const;
  return attempt(attempted, () => readAll(session, context));
}

async function readAll(session: Session, context: CatalogueContext): Promise<MysqlCatalogue> {
  const rows = await readTableRows(session);
  const columns = await readColumnRows(session);
  const hidden = await readPeriodColumns(session);
  const indexes = await readUniqueIndexes(session);
  const charsetNames = new Set([...columns.values()].flat().map((column) => column.charset ?? 'binary'));
  const charsets = await readCharsets(session, charsetNames);
  const tables = rows.map((row) => {
    const hiddenColumns = hidden.get(row.name) ?? new Set<string>();
    const own = (columns.get(row.name) ?? []).filter((column) => !hiddenColumns.has(column.name));
    const described = own.map((column) => describeColumn(column, charsets));
    const keys = describeKeys(described, indexes.get(row.name) ?? [], hiddenColumns);
    return assembleTable(row, described, keys);
  });
  const triggers = await readTriggers(session);
  const catalogue: Catalogue = {
    serverVersion: context.facts.version,
    tables: tables.map((table) => table.definition),
    foreignKeys: await readForeignKeys(session, tables),
    sequences: tables.flatMap(describeSequence),
    leftOut: await readLeftOut(session, { triggers, versionedTables: [...hidden.keys()] }),
    definition: context.definition ?? (await readDefinition(session, tables)),
    blockingTriggers: triggers.map((trigger) => ({ table: tableName(trigger.table), trigger: trigger.name })),
    warnings: describeWarnings(tables),
    estimatedBytes: rows.reduce((sum, row) => sum + row.bytes, 0),
  };
  return {
    catalogue,
    tables: new Map(tables.map((table) => [tableId(table.definition), table])),
    triggers,
  };
}

/** The catalogue, or null where a table was altered or dropped while it was read. */
export async function readSettledCatalogue(
  session: Session,
  context: CatalogueContext,
): Promise<MysqlCatalogue | null> {
  try {
    return await readCatalogue(session, context);
  } catch (error) {
    if (error instanceof AppError && error.code === 'DATABASE.CHANGED') return null;
    throw error;
  }
}

/** Equal for two readings of an unchanged schema; counters and estimates play no part. */
export function fingerprint({ catalogue, triggers }: MysqlCatalogue): string {
  const tables = catalogue.tables.map(({ estimatedRows: _, ...definition }) => definition);
  return JSON.stringify([tables, catalogue.foreignKeys, catalogue.definition, catalogue.leftOut, triggers]);
}

function assembleTable(
  row: TableRow,
  columns: MysqlTable['columns'],
  keys: Pick<TableDefinition, 'key' | 'uniques'>,
): MysqlTable {
  if (row.engine === null) {
    throw new AppError('DATABASE.CORRUPT', `Cannot read table ${row.name}: the server says ${row.comment}`, {
      hint: 'Repair or drop the table, then run the command again',
    });
  }
  const hasCounter = columns.some((column) => column.isAutoIncrement);
  return {
    definition: {
      ...tableName(row.name),
      columns: columns.map((column) => column.definition),
      ...keys,
      estimatedRows: row.rows,
    },
    columns,
    engine: row.engine,
    nextId: hasCounter ? (row.nextId ?? '1') : null,
    isTransactional: isTransactionalEngine(row.engine),
  };
}

function describeSequence({ definition, columns, nextId }: MysqlTable): SequenceState[] {
  const column = columns.find((candidate) => candidate.isAutoIncrement);
  if (column === undefined || nextId === null) return [];
  const table = tableName(definition.name);
  const feeds = { table, column: column.definition.name };
  return [{ ...table, feeds, lastValue: nextId, isCalled: false, increment: '1' }];
}

function describeWarnings(tables: readonly MysqlTable[]): string[] {
  return tables
    .filter((table) => !table.isTransactional)
    .map(
      ({ definition, engine }) =>
        `Table ${definition.name} is stored by ${engine}, which has no transactions: its rows are not of the same instant as the others`,
    );
}
