import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import { formatTableName } from '../../snapshot/table.ts';
import { compileCheck } from '../check-sql.ts';
import type { PostgresCatalogue } from './catalogue.ts';
import { liveDialect } from './check-dialect.ts';
import type { PostgresConnection } from './connection.ts';
import { sqlState } from './database-errors.ts';

const savepoint = 'holdfast_check';
/** The server has cancelled the statement because its time was over. */
const cancelledState = '57014';

/** Answers a query within the transaction of a snapshot, which goes on whatever becomes of the query. */
export async function runCheck(
  connection: PostgresConnection,
  catalogue: PostgresCatalogue,
  { query, options }: { readonly query: CheckQuery; readonly options: CheckOptions },
): Promise<CheckAnswer> {
  const { count, samples } = compileCheck(query, liveDialect(catalogue));
  try {
    await connection.query(
      `SAVEPOINT ${savepoint}; SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(options.timeoutMs))}`,
    );
    const [row] = await connection.query<{ count: string }>(count);
    const found = Number(row!.count);
    const isShown = found > 0 && options.samples > 0 && query.is !== 'count';
    const rows = isShown ? await connection.queryArrays(samples(options.samples)) : [];
    return { count: found, samples: rows };
  } catch (error) {
    if (sqlState(error) === cancelledState) return { count: null, samples: [] };
    throw connection.failure(error, `Cannot check table ${formatTableName(query.table)}`, 'DATABASE.READ');
  } finally {
    if (!connection.isLost) await connection.query(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
  }
}
