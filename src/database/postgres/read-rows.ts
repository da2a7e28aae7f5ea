import { InternalError } from '../../errors.ts';
import type { ReadOptions } from '../../ports/database.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import { formatTableName } from '../../snapshot/table.ts';
import type { PostgresTable } from './catalogue.ts';
import type { PostgresColumn } from './columns.ts';
import type { PostgresConnection } from './connection.ts';
import type { CopyOut } from './copy-out.ts';
import { CopyTextToLines } from './copy-text-to-lines.ts';
import { quoteIdentifiers, quoteTable } from './quoting.ts';
import { fromClause } from './table-source.ts';

const savepoint = 'holdfast_read';

/**
 * The table's rows as row lines, within the transaction that is open. A consumer that stops early leaves the
 * transaction usable.
 *
 * @throws AppError DATABASE.READ, LOST, PERMISSION
 */
export async function* readRows(
  connection: PostgresConnection,
  table: PostgresTable,
  options: ReadOptions = {},
): AsyncGenerator<RowChunk, void, undefined> {
  const columns = chooseColumns(table, options.columns);
  const name = formatTableName(table.definition);
  const lines = new CopyTextToLines(
    columns.map((column) => column.encoding),
    name,
  );
  const backendPid = await openSavepoint(connection, name);
  const copy = connection.copyOut(copySql(table, columns));
  try {
    while (await copy.read(lines)) {
      for (let chunk = lines.take(); chunk !== null; chunk = lines.take()) yield chunk;
    }
    lines.finish();
    if (copy.rowCount !== lines.rows) {
      throw new Error(`the server counted ${copy.rowCount} rows and sent ${lines.rows}`);
    }
    for (let chunk = lines.take(); chunk !== null; chunk = lines.take()) yield chunk;
    await connection.query(`RELEASE ${savepoint}`);
  } catch (error) {
    throw connection.failure(error, `Cannot read table ${name}`, 'DATABASE.READ');
  } finally {
    if (!copy.hasEnded) await stopReading(connection, copy, backendPid);
  }
}

async function openSavepoint(connection: PostgresConnection, name: string): Promise<number> {
  try {
    const [row] = await connection.query<{ pid: number }>(
      `SAVEPOINT ${savepoint}; SELECT pg_backend_pid() AS pid`,
    );
    return row!.pid;
  } catch (error) {
    throw connection.failure(error, `Cannot read table ${name}`, 'DATABASE.READ');
  }
}

function chooseColumns(
  table: PostgresTable,
  names: readonly string[] | undefined,
): readonly PostgresColumn[] {
  if (names === undefined) return table.columns;
  return names.map((name) => {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined)
      throw new InternalError(`Table ${formatTableName(table.definition)} has no ${name}`);
    return column;
  });
}

/** COPY of the table itself is the cheaper form, but not for partitions, generated columns or no columns at all. */
function copySql(table: PostgresTable, columns: readonly PostgresColumn[]): string {
  const names = columns.map((column) => column.name);
  const list = quoteIdentifiers(names);
  const isPlain =
    table.root.kind === 'table' && names.length > 0 && !columns.some((column) => column.generated);
  if (isPlain) return `COPY ${quoteTable(table.root)} (${list}) TO STDOUT`;
  return `COPY (SELECT ${list} FROM ${fromClause(table.root, names)}) TO STDOUT`;
}

/** Ends a COPY that nobody wants to read to its end, so that the transaction can go on. */
async function stopReading(connection: PostgresConnection, copy: CopyOut, backendPid: number): Promise<void> {
  if (connection.isLost) return;
  try {
    await connection.cancel(backendPid);
    await copy.discard();
    await connection.query(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
  } catch {
    // Whatever is in the way, the server takes the transaction back when its connection is gone.
    connection.destroy();
  }
}
