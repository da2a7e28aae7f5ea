import type { ColumnDefinition, KeyComparison, TableDefinition, UniqueIndex } from '../../snapshot/table.ts';
import { affinityOf, isNumeric } from './affinity.ts';
import type { Handle } from './connection.ts';
import { databaseBytes } from './database-size.ts';
import { quoteName, quoteTable } from './quote.ts';
import { isDamage } from './sqlite-errors.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

/** A table as `PRAGMA table_list` names it. */
export interface TableListing {
  readonly name: string;
  readonly type: string;
  readonly isWithoutRowid: number;
  readonly isStrict: number;
  readonly sql: string;
}

export interface SqliteTable {
  readonly definition: TableDefinition;
  readonly shape: TableShape;
}

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  /** The place in the primary key, from 1; 0 outside. */
  readonly pk: number;
  /** 2 and 3: virtual and stored generated columns. */
  readonly hidden: number;
}

interface IndexInfo extends UniqueIndex {
  readonly isPrimary: boolean;
  /** The collation of each column in this index. */
  readonly collations: readonly string[];
}

const rowNumberNames = ['rowid', '_rowid_', 'oid'];
/** Counting stops here; beyond it the number only serves a progress bar. */
const maxCounted = 100_000;
/** So many are counted before the span of row numbers is trusted. */
const maxCountedFirst = 1_000;
/** No row takes less of the file. */
const minRowBytes = 4;

/** Reads what a table is. */
export function readTable(handle: Handle, listing: TableListing): SqliteTable {
  const { name } = listing;
  const columns = handle
    .prepare<[string], ColumnInfo>(`SELECT * FROM pragma_table_xinfo(?, 'main') ORDER BY cid`)
    .all(name);
  const uniques = readUniqueIndexes(handle, name);
  const shape = shapeOf(listing, columns, uniques);
  const key = chooseKey(columns, uniques, shape);
  return {
    shape,
    definition: {
      schema: null,
      name,
      columns: columns.map((column) => defineColumn(column, { shape, key, uniques })),
      key: key?.columns ?? null,
      uniques: uniques
        .filter((unique) => unique.name !== key?.name)
        .map((unique) => ({ name: unique.name, columns: unique.columns })),
      estimatedRows: estimateRows(handle, shape),
    },
  };
}

/** The unique indexes that hold for all rows: not partial, and over columns only. */
function readUniqueIndexes(handle: Handle, table: string): IndexInfo[] {
  const indexes = handle
    .prepare<[string], { readonly name: string; readonly origin: string }>(
      `SELECT name, origin FROM pragma_index_list(?, 'main') WHERE "unique" = 1 AND partial = 0 ORDER BY name`,
    )
    .all(table);
  const readParts = handle.prepare<[string], { readonly name: string | null; readonly coll: string }>(
    `SELECT name, coll FROM pragma_index_xinfo(?, 'main') WHERE key = 1 ORDER BY seqno`,
  );
  return indexes.flatMap(({ name, origin }) => {
    const parts = readParts.all(name);
    if (parts.some((part) => part.name === null)) return [];
    const columns = parts.map((part) => part.name!);
    return [{ name, columns, isPrimary: origin === 'pk', collations: parts.map(({ coll }) => coll) }];
  });
}

function shapeOf(
  listing: TableListing,
  columns: readonly ColumnInfo[],
  uniques: readonly IndexInfo[],
): TableShape {
  const isStrict = listing.isStrict === 1;
  const hasRowNumber = listing.isWithoutRowid === 0;
  const primary = columns.filter(({ pk }) => pk > 0);
  // An INTEGER PRIMARY KEY is the row number itself, so it needs no index; any other primary key has one.
  const isAlias = hasRowNumber && primary.length === 1 && !uniques.some(({ isPrimary }) => isPrimary);
  const alias = isAlias ? primary[0]!.name : null;
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const freeName = rowNumberNames.find((candidate) => !taken.has(candidate)) ?? null;
  const aliasSql = alias === null ? null : quoteName(alias);
  return {
    name: listing.name,
    columns: columns.map((column) => ({
      name: column.name,
      affinity: affinityOf(column.type, { isStrict }),
      computed: computedKind(column),
    })),
    rowNumber: hasRowNumber ? (aliasSql ?? freeName) : null,
    rowNumberColumn: alias,
    isAutoincrement: isAlias && saysAutoincrement(listing.sql),
  };
}

function computedKind({ hidden }: ColumnInfo): ColumnShape['computed'] {
  if (hidden === 2) return 'virtual';
  return hidden === 3 ? 'stored' : 'no';
}

/** No pragma tells it, so the word is looked for in the statement, outside names, strings and comments. */
function saysAutoincrement(sql: string): boolean {
  const bare = sql.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g,
    ' ',
  );
  return /\bautoincrement\b/i.test(bare);
}

interface Key {
  /** The index that enforces it; null for an INTEGER PRIMARY KEY. */
  readonly name: string | null;
  readonly columns: readonly string[];
}

function chooseKey(
  columns: readonly ColumnInfo[],
  uniques: readonly IndexInfo[],
  shape: TableShape,
): Key | null {
  if (shape.rowNumberColumn !== null) return { name: null, columns: [shape.rowNumberColumn] };
  const required = new Set(columns.filter(({ notnull }) => notnull === 1).map(({ name }) => name));
  // The primary key of an ordinary table may hold NULL, many times, unless it says NOT NULL.
  const usable = uniques.filter((unique) => unique.columns.every((column) => required.has(column)));
  const primary = usable.find(({ isPrimary }) => isPrimary);
  return primary ?? usable.toSorted((a, b) => a.columns.length - b.columns.length)[0] ?? null;
}

function defineColumn(
  column: ColumnInfo,
  { shape, key, uniques }: { shape: TableShape; key: Key | null; uniques: readonly IndexInfo[] },
): ColumnDefinition {
  const isRowNumber = column.name === shape.rowNumberColumn;
  const isComputed = computedKind(column) !== 'no';
  return {
    name: column.name,
    type: column.type,
    encoding: 'cell',
    nullable: column.notnull === 0 && !isRowNumber,
    generated: isComputed,
    hasDefault: column.dflt_value !== null || isRowNumber || isComputed,
    comparison: comparisonOf(column.name, { shape, indexes: keyFirst(key, uniques) }),
  };
}

/** The index of the key decides before the others how a column compares. */
function keyFirst(key: Key | null, uniques: readonly IndexInfo[]): readonly IndexInfo[] {
  return uniques.toSorted((a, b) => Number(b.name === key?.name) - Number(a.name === key?.name));
}

function comparisonOf(
  name: string,
  { shape, indexes }: { shape: TableShape; indexes: readonly IndexInfo[] },
): KeyComparison {
  const { affinity } = shape.columns.find((column) => column.name === name)!;
  if (isNumeric(affinity)) return 'number';
  const index = indexes.find(({ columns }) => columns.includes(name));
  const collation = index?.collations[index.columns.indexOf(name)]?.toUpperCase();
  if (collation === 'NOCASE') return 'ascii-case';
  return collation === 'RTRIM' ? 'trailing-spaces' : 'exact';
}

/** Cheap: the span of row numbers, or a count that stops early. */
function estimateRows(handle: Handle, shape: TableShape): number {
  try {
    const { counted, span } = measureRows(handle, shape);
    return Math.floor(Math.max(counted, Math.min(span, databaseBytes(handle) / minRowBytes)));
  } catch (error) {
    // Only a progress bar depends on it: where the rows are damaged, reading them says so and names the table.
    if (isDamage(error)) return 0;
    throw error;
  }
}

function measureRows(handle: Handle, { name, rowNumber }: TableShape): { counted: number; span: number } {
  const table = quoteTable(name);
  const read = (sql: string) => handle.prepare<[], number>(sql).pluck().get()!;
  const limit = rowNumber === null ? maxCounted : maxCountedFirst;
  const counted = read(`SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT ${limit})`);
  if (rowNumber === null || counted < limit) return { counted, span: counted };
  return { counted, span: read(`SELECT 1.0 + max(${rowNumber}) - min(${rowNumber}) FROM ${table}`) };
}
