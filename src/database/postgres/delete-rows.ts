import { AppError, InternalError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { type CellEncoding, formatTableName, type TableDefinition } from '../../snapshot/table.ts';
import type { PostgresTable } from './catalogue.ts';
import type { PostgresColumn } from './columns.ts';
import type { PostgresConnection } from './connection.ts';
import { quoteIdentifier } from './quoting.ts';
import { storedTables } from './table-source.ts';

const batchRows = 5_000;

/**
 * Deletes the rows with these keys, in batches, by the columns' own equality.
 *
 * @param definition the table as the key lines were written from it
 * @returns how many rows were deleted
 * @throws AppError SNAPSHOT.CONTENT, DATABASE.PERMISSION, or what the source throws
 */
export async function deleteRows(
  connection: PostgresConnection,
  target: { readonly table: PostgresTable; readonly definition: TableDefinition },
  keys: RowSource,
): Promise<number> {
  const columns = keyColumns(target.table, target.definition);
  const name = formatTableName(target.table.definition);
  const reader = new RowLineReader(columns.length);
  let batch: string[][] = columns.map(() => []);
  let deleted = 0;
  try {
    for await (const { bytes } of keys) {
      for (let at = 0; at < bytes.length; ) {
        at = reader.read(bytes, at);
        columns.forEach((column, i) => {
          const token = bytes.toString('utf8', reader.starts[i]!, reader.ends[i]!);
          batch[i]!.push(decodeCell(token, column, name));
        });
        if (batch[0]!.length < batchRows) continue;
        deleted += await deleteBatch(connection, target.table, columns, batch);
        batch = columns.map(() => []);
      }
    }
    return deleted + (await deleteBatch(connection, target.table, columns, batch));
  } catch (error) {
    throw connection.failure(error, `Cannot delete rows of table ${name}`, 'RESTORE.ROW');
  }
}

/** A key column: how its cells are written, and what the live table has there. */
interface KeyColumn {
  readonly encoding: CellEncoding;
  readonly live: PostgresColumn;
}

function keyColumns(table: PostgresTable, definition: TableDefinition): readonly KeyColumn[] {
  const name = formatTableName(table.definition);
  if (definition.key === null) throw new InternalError(`Table ${name} has no key to delete rows by`);
  return definition.key.map((key) => {
    const stored = definition.columns.find((column) => column.name === key);
    const live = table.columns.find((column) => column.name === key);
    if (stored === undefined || live === undefined) {
      throw new AppError('RESTORE.SCHEMA', `Table ${name} has no column ${key}`, {
        hint: 'Bring the database to the schema of the snapshot first, or restore into an empty one.',
      });
    }
    return { encoding: stored.encoding, live };
  });
}

/** The cell as text that the column's type reads. */
function decodeCell(token: string, column: KeyColumn, table: string): string {
  const value: unknown = JSON.parse(token);
  const isString = typeof value === 'string';
  if (column.encoding === 'boolean' && typeof value === 'boolean') return token;
  if (column.encoding === 'integer' && Number.isSafeInteger(value)) return token;
  if (column.encoding === 'bytes' && isString) return `\\x${value}`;
  if (column.encoding === 'text' && isString && !value.includes('\0')) return value;
  throw new AppError(
    'SNAPSHOT.CONTENT',
    `A key of table ${table} is not ${column.encoding}: ${token.slice(0, 40)}`,
  );
}

async function deleteBatch(
  connection: PostgresConnection,
  table: PostgresTable,
  columns: readonly KeyColumn[],
  batch: readonly (readonly string[])[],
): Promise<number> {
  if (batch[0]!.length === 0) return 0;
  const arrays = columns.map((_column, i) => `$${i + 1}::text[]`).join(', ');
  const names = columns.map((_column, i) => `c${i}`).join(', ');
  const isSame = columns.map(({ live }, i) => {
    // With an empty search_path the plain sign would miss the equality of types like citext.
    const equals = `OPERATOR(${quoteIdentifier(live.equalitySchema)}.=)`;
    return `target.${quoteIdentifier(live.name)} ${equals} keys.c${i}::${live.type}`;
  });
  let deleted = 0;
  for (const stored of storedTables(table.root)) {
    const sql = `DELETE FROM ${stored} AS target USING unnest(${arrays}) AS keys(${names}) WHERE ${isSame.join(' AND ')}`;
    deleted += (await connection.execute(sql, batch)).rows;
  }
  return deleted;
}
