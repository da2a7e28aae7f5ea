import { AppError } from '../../errors.ts';
import type { ColumnRow } from './column.ts';
import type { Session } from './session.ts';
import type { UniqueIndexParts } from './table.ts';

/** A row of information_schema.TABLES. */
export interface TableRow {
  readonly name: string;
  readonly engine: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly nextId: string | null;
  readonly comment: string;
}

/**
 * Only the database that is connected to: where names of databases differ in case, the catalogue's own comparison,
 * which ignores case, would mix two of them.
 */
export function inDatabase(column: string): string {
  return `${column} = DATABASE() AND (@@lower_case_table_names <> 0 OR CAST(${column} AS BINARY) = CAST(DATABASE() AS BINARY))`;
}

/** @throws AppError DATABASE.CHANGED when a table was renamed away in the middle of the reading */
export async function readTableRows(session: Session): Promise<TableRow[]> {
  const rows = await session.query(
    `SELECT TABLE_NAME, ENGINE, TABLE_ROWS, DATA_LENGTH, AUTO_INCREMENT, TABLE_COMMENT, TABLE_TYPE
     FROM information_schema.TABLES WHERE ${inDatabase('TABLE_SCHEMA')}`,
  );
  await refuseUnseen(session, new Set(rows.map(([name]) => name)));
  return rows
    .filter((row) => row[6] === 'BASE TABLE' || row[6] === 'SYSTEM VERSIONED')
    .map(([name, engine, count, bytes, nextId, comment]) => ({
      name: name!,
      engine: engine ?? null,
      rows: Number(count ?? 0),
      bytes: Number(bytes ?? 0),
      nextId: nextId ?? null,
      comment: comment ?? '',
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** MariaDB leaves a table out without a word when it is renamed while the list of tables is read. */
async function refuseUnseen(session: Session, seen: ReadonlySet<string | null | undefined>): Promise<void> {
  const listed = await session.query('SHOW TABLES');
  const unseen = listed.find(([name]) => !seen.has(name));
  if (unseen === undefined) return;
  throw new AppError(
    'DATABASE.CHANGED',
    `Cannot read the catalogue: table ${unseen[0]} has just come into being`,
  );
}

export async function readColumnRows(session: Session): Promise<Map<string, ColumnRow[]>> {
  const rows = await session.query(
    `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COLUMN_DEFAULT, IS_NULLABLE,
       CHARACTER_SET_NAME, COLLATION_NAME, EXTRA
     FROM information_schema.COLUMNS WHERE ${inDatabase('TABLE_SCHEMA')} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const columns = rows.map((row) => ({
    table: row[0]!,
    name: row[1]!,
    dataType: row[2]!,
    columnType: row[3]!,
    defaultValue: row[4] ?? null,
    isNullable: row[5] === 'YES',
    charset: row[6] ?? null,
    collation: row[7] ?? null,
    extra: row[8] ?? '',
  }));
  return groupBy(columns, (column) => column.table);
}

/** The row-start and row-end columns of MariaDB's system versioning: the server alone writes them. */
export async function readPeriodColumns(session: Session): Promise<Map<string, Set<string>>> {
  const rows = await session.query(
    `SELECT t.TABLE_NAME, c.COLUMN_NAME FROM information_schema.TABLES AS t
     LEFT JOIN information_schema.COLUMNS AS c
       ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
       AND c.GENERATION_EXPRESSION IN ('ROW START', 'ROW END')
     WHERE ${inDatabase('t.TABLE_SCHEMA')} AND t.TABLE_TYPE = 'SYSTEM VERSIONED'`,
  );
  const grouped = groupBy(rows, (row) => row[0]!);
  return new Map(
    [...grouped].map(([table, own]) => [table, new Set(own.flatMap(([, column]) => column ?? []))]),
  );
}

export async function readUniqueIndexes(session: Session): Promise<Map<string, UniqueIndexParts[]>> {
  const rows = await session.query(
    `SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS
     WHERE ${inDatabase('TABLE_SCHEMA')} AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  );
  const indexes = new Map<string, UniqueIndexParts[]>();
  for (const [table, own] of groupBy(rows, (row) => row[0]!)) {
    const parts = [...groupBy(own, (row) => row[1]!)].map(([name, columns]) => ({
      name,
      // MySQL states no column for a part that is an expression.
      parts: columns.map((row) => ({ column: row[2] ?? null, isPrefix: (row[3] ?? null) !== null })),
    }));
    indexes.set(
      table,
      parts.sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }
  return indexes;
}

/** The items of each key, in their order. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
