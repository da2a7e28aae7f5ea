import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import { compileCheck } from '../check-sql.ts';
import { mysqlDialect } from './check-dialect.ts';
import { describeFailure, isServerError } from './failure.ts';
import type { Session } from './session.ts';

/** The session variables that limit a statement, each with what a second is in it: MariaDB's and MySQL's. */
const limits = [
  { variable: 'max_statement_time', perSecond: 1 },
  { variable: 'max_execution_time', perSecond: 1000 },
] as const;
/** The time of a statement was over, in the words of MariaDB and of MySQL. */
const timeoutErrors = [1969, 3024];

/** Answers a query within the transaction of a snapshot, which goes on whatever becomes of the query. */
export async function runCheck(
  session: Session,
  { query, options }: { readonly query: CheckQuery; readonly options: CheckOptions },
): Promise<CheckAnswer> {
  const { count, samples } = compileCheck(query, mysqlDialect);
  try {
    await limitTime(session, options.timeoutMs);
    const [row] = await session.query(count);
    const found = Number(row![0]);
    const isShown = found > 0 && options.samples > 0 && query.is !== 'count';
    return { count: found, samples: isShown ? await session.query(samples(options.samples)) : [] };
  } catch (error) {
    if (timeoutErrors.some((errno) => isServerError(error, errno))) return { count: null, samples: [] };
    throw describeFailure(error, {
      what: `Cannot check table ${query.table.name}`,
      otherwise: 'DATABASE.READ',
    });
  } finally {
    if (session.isOpen) await limitTime(session, 0);
  }
}

/** 0 takes the limit away. */
async function limitTime(session: Session, timeoutMs: number): Promise<void> {
  const names = limits.map(({ variable }) => `'${variable}'`).join(', ');
  const known = await session.query(`SHOW SESSION VARIABLES WHERE Variable_name IN (${names})`);
  for (const { variable, perSecond } of limits) {
    if (!known.some(([name]) => name === variable)) continue;
    const amount = (timeoutMs / 1000) * perSecond;
    // MySQL takes whole milliseconds, and 0 would be no limit at all.
    const value = perSecond === 1 ? amount : Math.ceil(amount);
    await session.run(`SET SESSION ${variable} = ${value}`);
  }
}
