import { AppError } from '../../errors.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { formatTableName, type TableDefinition } from '../../snapshot/table.ts';
import type { PostgresTable } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import type { CopyIn } from './copy-in.ts';
import { describeServerError, serverContext, sqlState } from './database-errors.ts';
import { type LineColumn, LinesToCopyText } from './lines-to-copy-text.ts';
import { quoteIdentifiers, quoteTable } from './quoting.ts';

/** Kinds of errors that a row's content causes: wrong data, a broken constraint, a limit. */
const rowStates = /^(22|23|42804|54|0A)/;

/** Rows to insert, and what the cells of their lines are. */
export interface InsertPlan {
  /** The table as the live catalogue has it. */
  readonly table: PostgresTable;
  /** The table as the lines were written from it. */
  readonly definition: TableDefinition;
  readonly columns: readonly string[];
}

/**
 * Inserts all rows by one COPY, which gives identity columns the values of the rows, whatever they are declared.
 *
 * @returns how many rows were inserted
 * @throws AppError RESTORE.ROW, RESTORE.SCHEMA, SNAPSHOT.CONTENT, or what the source throws
 */
export async function insertRows(
  connection: PostgresConnection,
  plan: InsertPlan,
  rows: RowSource,
): Promise<number> {
  const columns = lineColumns(plan);
  const name = formatTableName(plan.table.definition);
  const text = new LinesToCopyText(columns, name);
  const copy = connection.copyIn(copySql(plan.table, columns));
  try {
    for await (const chunk of rows) await copy.write(text.convert(chunk.bytes));
    const inserted = await copy.finish();
    if (inserted === text.rows) return inserted;
    throw new AppError('RESTORE.CHECK', `Table ${name} took ${inserted} of ${text.rows} rows`);
  } catch (error) {
    await endCopy(connection, copy);
    throw toRowError(connection, error, name);
  }
}

function lineColumns({ table, definition, columns }: InsertPlan): readonly LineColumn[] {
  return columns.map((name) => {
    const live = table.columns.find((column) => column.name === name);
    const stored = definition.columns.find((column) => column.name === name);
    if (live === undefined || stored === undefined) {
      throw new AppError(
        'RESTORE.SCHEMA',
        `Table ${formatTableName(table.definition)} has no column ${name}`,
        {
          hint: 'Bring the database to the schema of the snapshot first, or restore into an empty one.',
        },
      );
    }
    return { name, encoding: stored.encoding, isSkipped: live.generated };
  });
}

function copySql(table: PostgresTable, columns: readonly LineColumn[]): string {
  const names = columns.filter((column) => !column.isSkipped).map((column) => column.name);
  const list = names.length === 0 ? '' : ` (${quoteIdentifiers(names)})`;
  return `COPY ${quoteTable(table.root)}${list} FROM STDIN`;
}

/** Tells the server that no more comes, so that the transaction can be rolled back. */
async function endCopy(connection: PostgresConnection, copy: CopyIn): Promise<void> {
  try {
    await copy.abort('the rows could not be read');
  } catch {
    // The first error is the one to tell. The server takes the transaction back when its connection is gone.
    connection.destroy();
  }
}

function toRowError(connection: PostgresConnection, error: unknown, table: string): unknown {
  if (error instanceof AppError) return connection.failure(error, '', error.code);
  const context = serverContext(error);
  const line = /, line (\d+)(?:, column ([^:\n]*))?/.exec(context);
  if (!rowStates.test(sqlState(error) ?? '')) {
    return connection.failure(error, `Cannot restore table ${table}`, 'RESTORE.ROW');
  }
  const place = line === null ? `table ${table}` : `row ${line[1]} of table ${table}`;
  const column = line?.[2] ? `, column ${line[2]}` : '';
  return new AppError('RESTORE.ROW', `Cannot restore ${place}${column}: ${describeServerError(error)}`, {
    hint: 'Nothing was changed. Compare the table with the snapshot: holdfast restore <snapshot> --dry-run.',
    cause: error,
  });
}
