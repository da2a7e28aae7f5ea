import { AppError, systemCode } from '../../errors.ts';
import type { Handle } from './connection.ts';
import { quoteName, quoteTable } from './quote.ts';

interface StoredIndex {
  readonly name: string;
  readonly sql: string;
  readonly isUnique: number;
}

/** A table of `ANALYZE`, whose rows about an index go when the index does. */
interface Statistics {
  readonly table: string;
  readonly rows: readonly (readonly unknown[])[];
}

const statisticsTables = ['sqlite_stat1', 'sqlite_stat4'];

/**
 * Fills an empty table with its indexes taken away, and makes them again at the end: sorting once is much cheaper than
 * finding each row's place. Partial indexes and those on expressions stay, since they may be written in a way that
 * SQLite reads but no longer accepts.
 *
 * @throws AppError RESTORE.ROW when the rows break a unique index; others as they come
 */
export async function fillWithoutIndexes<T>(
  handle: Handle,
  table: string,
  fill: () => Promise<T>,
): Promise<T> {
  const indexes = plainIndexes(handle, table);
  const statistics = readStatistics(handle, indexes);
  for (const { name } of indexes) handle.exec(`DROP INDEX main.${quoteName(name)}`);
  const result = await fill();
  for (const index of indexes) createIndex(handle, table, index);
  writeStatistics(handle, statistics);
  return result;
}

function plainIndexes(handle: Handle, table: string): StoredIndex[] {
  return handle
    .prepare<[string, string], StoredIndex>(
      `SELECT m.name, m.sql, l."unique" AS isUnique
       FROM main.sqlite_master AS m JOIN pragma_index_list(?, 'main') AS l ON l.name = m.name
       WHERE m.type = 'index' AND m.tbl_name = ? AND m.sql IS NOT NULL AND l.partial = 0
         AND NOT EXISTS (SELECT 1 FROM pragma_index_xinfo(m.name, 'main') AS x WHERE x.key = 1 AND x.cid < 0)
       ORDER BY m.rowid`,
    )
    .all(table, table);
}

function createIndex(handle: Handle, table: string, { name, sql, isUnique }: StoredIndex): void {
  try {
    handle.exec(sql);
  } catch (error) {
    if (isUnique === 0 || !systemCode(error)?.startsWith('SQLITE_CONSTRAINT')) throw error;
    throw new AppError(
      'RESTORE.ROW',
      `Cannot restore table ${table}: two of its rows are equal in the unique index ${name}`,
      {
        hint: 'The index is newer than the snapshot; drop it, restore, and remove the duplicates before making it again.',
        cause: error,
      },
    );
  }
}

function readStatistics(handle: Handle, indexes: readonly StoredIndex[]): Statistics[] {
  const names = JSON.stringify(indexes.map(({ name }) => name));
  return statisticsTables
    .filter((table) => isThere(handle, table))
    .map((table) => ({
      table,
      rows: handle
        .prepare<[string], unknown[]>(
          `SELECT * FROM ${quoteTable(table)} WHERE idx IN (SELECT value FROM json_each(?))`,
        )
        .raw()
        .safeIntegers()
        .all(names),
    }));
}

function isThere(handle: Handle, table: string): boolean {
  return handle.prepare('SELECT 1 FROM main.sqlite_master WHERE name = ?').get(table) !== undefined;
}

function writeStatistics(handle: Handle, statistics: readonly Statistics[]): void {
  for (const { table, rows } of statistics) {
    for (const row of rows) {
      handle
        .prepare(`INSERT INTO ${quoteTable(table)} VALUES (${row.map(() => '?').join(', ')})`)
        .run(...row);
    }
  }
}
