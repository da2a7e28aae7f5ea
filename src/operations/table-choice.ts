import { AppError } from '../errors.ts';
import { formatTableName, isSameTable, type TableName } from '../snapshot/table.ts';
import { closestName } from '../util/closest-name.ts';
import { type AppSchema, modelOf } from './app-schema.ts';

/** Which tables an operator asked for, by model or table names. Empty lists mean all and none. */
export interface TableSelection {
  readonly only: readonly string[];
  readonly exclude: readonly string[];
  /** Just these, by their exact names; for choices that the program makes itself. */
  readonly exact?: readonly TableName[];
}

export const everyTable: TableSelection = { only: [], exclude: [] };

/** A table and the model that it has in some schema, or in a snapshot. */
export interface NamedTable extends TableName {
  readonly model: string | null;
}

export function isPartial(selection: TableSelection): boolean {
  return selection.only.length > 0 || selection.exclude.length > 0 || selection.exact !== undefined;
}

/** Prisma's own bookkeeping: it describes the tables, not the application's data. */
export function isMigrationsTable(table: TableName): boolean {
  return table.name === '_prisma_migrations';
}

/** The tables with the names of their models. */
export function nameTables<T extends TableName>(
  tables: readonly T[],
  appSchema: AppSchema | null,
): (T & NamedTable)[] {
  return tables.map((table) => ({ ...table, model: modelOf(appSchema, table)?.name ?? null }));
}

/**
 * The chosen ones of `tables`, in their order.
 *
 * @throws AppError USAGE when a name fits no table, or nothing is left
 */
export function chooseTables<T extends NamedTable>(tables: readonly T[], selection: TableSelection): T[] {
  const { exact } = selection;
  if (exact !== undefined) return tables.filter((table) => exact.some((one) => isSameTable(one, table)));
  const only = new Set(selection.only.flatMap((name) => tablesNamed(tables, name)));
  const excluded = new Set(selection.exclude.flatMap((name) => tablesNamed(tables, name)));
  const chosen = tables.filter((table) => (only.size === 0 || only.has(table)) && !excluded.has(table));
  if (chosen.length === 0 && tables.length > 0) {
    throw new AppError('USAGE', 'No table is left after --only and --exclude', {
      hint: 'Name fewer tables in --exclude',
    });
  }
  return chosen;
}

/** A model's name, a table's name, or `schema.table`. */
function tablesNamed<T extends NamedTable>(tables: readonly T[], name: string): T[] {
  const byModel = tables.filter((table) => table.model === name);
  if (byModel.length > 0) return byModel;
  const byTable = tables.filter((table) => table.name === name || formatTableName(table) === name);
  if (byTable.length > 0) return byTable;
  const known = tables.map((table) => table.model ?? formatTableName(table));
  const meant = closestName(name, [...known, ...tables.map((table) => table.name)]);
  const question = meant === null ? '' : `Did you mean ${meant}? `;
  throw new AppError('USAGE', `There is no model or table ${JSON.stringify(name)}`, {
    hint: `${question}There are: ${known.slice(0, 40).join(', ')}${known.length > 40 ? ' …' : ''}`,
  });
}
