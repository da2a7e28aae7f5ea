import type { TableDefinition, TableName, UniqueIndex } from '../../snapshot/table.ts';
import { tableId } from '../../snapshot/table.ts';
import type { MysqlColumn } from './column.ts';

/** A table with what the engine needs to move its rows. */
export interface MysqlTable {
  readonly definition: TableDefinition;
  readonly columns: readonly MysqlColumn[];
  readonly engine: string;
  /** The next generated id, as the server states it; null without an AUTO_INCREMENT column. */
  readonly nextId: string | null;
  /** Rows take part in transactions and in the consistent snapshot. */
  readonly isTransactional: boolean;
}

/** An index of information_schema.STATISTICS that allows no duplicates, with its parts in order. */
export interface UniqueIndexParts {
  readonly name: string;
  readonly parts: readonly { readonly column: string | null; readonly isPrefix: boolean }[];
}

const transactionalEngines = new Set(['innodb', 'rocksdb', 'tokudb', 'ndbcluster']);

export function isTransactionalEngine(engine: string): boolean {
  return transactionalEngines.has(engine.toLowerCase());
}

export function tableName(name: string): TableName {
  return { schema: null, name };
}

/** The table of that name, or undefined. */
export function findTable(tables: ReadonlyMap<string, MysqlTable>, table: TableName): MysqlTable | undefined {
  return tables.get(tableId({ schema: null, name: table.name }));
}

/**
 * The key of a table and its other unique indexes. Indexes over a prefix of a column, over an expression or over a
 * column that is not read (the row-end column of system versioning) do not say that whole values differ.
 */
export function describeKeys(
  columns: readonly MysqlColumn[],
  indexes: readonly UniqueIndexParts[],
  hiddenColumns: ReadonlySet<string>,
): Pick<TableDefinition, 'key' | 'uniques'> {
  const byName = new Map(columns.map((column) => [column.definition.name, column.definition]));
  const usable: UniqueIndex[] = [];
  for (const index of indexes) {
    const parts = index.parts.filter((part) => part.column === null || !hiddenColumns.has(part.column));
    if (parts.some((part) => part.isPrefix || part.column === null || !byName.has(part.column))) continue;
    usable.push({ name: index.name, columns: parts.map((part) => part.column!) });
  }
  const isRequired = (index: UniqueIndex) => index.columns.every((column) => !byName.get(column)!.nullable);
  const key =
    usable.find((index) => index.name === 'PRIMARY') ??
    usable.filter(isRequired).sort((a, b) => a.columns.length - b.columns.length)[0];
  return { key: key?.columns ?? null, uniques: usable.filter((index) => index !== key) };
}
