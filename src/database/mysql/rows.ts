import { AppError, InternalError } from '../../errors.ts';
import type { ReadOptions } from '../../ports/database.ts';
import type { RowChunk } from '../../snapshot/rows.ts';
import type { TableDefinition } from '../../snapshot/table.ts';
import type { MysqlColumn } from './column.ts';
import { describeFailure } from './failure.ts';
import { quoteName } from './quote.ts';
import { RowEncoder } from './row-encoder.ts';
import type { Session } from './session.ts';
import { findTable, type MysqlTable } from './table.ts';

export interface ReadRequest extends ReadOptions {
  readonly table: TableDefinition;
}

/** Every row of a table as row lines, in the same order each time. */
export async function* readRows(
  session: Session,
  tables: ReadonlyMap<string, MysqlTable>,
  request: ReadRequest,
): AsyncGenerator<RowChunk, void> {
  const { name } = request.table;
  const columns = chooseColumns(tables, request);
  const encoder = new RowEncoder(name, columns);
  const expressions = columns.map((column) => column.expression).join(', ');
  // Without indexes the rows come in the order of the clustered key, also where another index holds all columns.
  const statement = `SELECT ${expressions} FROM ${quoteName(name)} USE INDEX ()`;
  const arrivals = session.stream(statement, encoder);
  try {
    let arrival = await arrivals.next();
    while (arrival.done !== true) {
      if (encoder.isFull) yield encoder.take();
      arrival = await arrivals.next();
    }
    if (arrival.value > 0) await refuseWarnings(session, name);
    if (encoder.hasRows) yield encoder.take();
  } catch (error) {
    throw describeFailure(error, { what: `Cannot read table ${name}`, otherwise: 'DATABASE.READ' });
  } finally {
    await arrivals.return(0);
  }
}

function chooseColumns(tables: ReadonlyMap<string, MysqlTable>, request: ReadRequest): MysqlColumn[] {
  const live = findTable(tables, request.table);
  if (live === undefined) throw new InternalError(`table ${request.table.name} is not in the catalogue`);
  const names = request.columns ?? request.table.columns.map((column) => column.name);
  return names.map((name) => {
    const column = live.columns.find((candidate) => candidate.definition.name === name);
    if (column === undefined) throw new InternalError(`${request.table.name} has no column ${name}`);
    return column;
  });
}

/** A warning of a SELECT says that a value is not what is stored. */
async function refuseWarnings(session: Session, table: string): Promise<never> {
  const [warning] = await session.warnings();
  throw new AppError(
    'DATABASE.READ',
    `Cannot read table ${table} exactly: the server warns ${warning === undefined ? 'without a reason' : `"${warning.message}" (${warning.code})`}`,
    { hint: 'Correct the value that the warning is about, then run the command again' },
  );
}
