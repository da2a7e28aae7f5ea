import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CheckAnswer, CheckOptions, CheckQuery } from '../../ports/check-query.ts';
import type { CheckDialect } from '../check-dialect.ts';
import { compileCheck } from '../check-sql.ts';
import { addCheckFunctions, TimeIsOver } from './check-functions.ts';
import type { Handle, SqliteConnection } from './connection.ts';
import { toAppError } from './sqlite-errors.ts';

export interface CheckRun {
  readonly query: CheckQuery;
  readonly options: CheckOptions;
  readonly dialect: CheckDialect;
}

/** Answers a query within the transaction that is open. */
export async function runCheck(connection: SqliteConnection, run: CheckRun): Promise<CheckAnswer> {
  // SQLite works synchronously: this lets signals have their turn between two queries.
  await nextTurn();
  connection.signal?.throwIfAborted();
  try {
    return answer(connection.handle, run);
  } catch (error) {
    if (error instanceof TimeIsOver) return { count: null, samples: [] };
    throw toAppError(error, `Cannot check table ${run.query.table.name}`, 'DATABASE.READ');
  }
}

function answer(handle: Handle, { query, options, dialect }: CheckRun): CheckAnswer {
  const clock = addCheckFunctions(handle);
  clock.deadline = performance.now() + options.timeoutMs;
  const { count, samples } = compileCheck(query, dialect);
  const found = handle.prepare<[], number>(count).pluck().get()!;
  const isShown = found > 0 && options.samples > 0 && query.is !== 'count';
  return { count: found, samples: isShown ? readSamples(handle, samples(options.samples)) : [] };
}

function readSamples(handle: Handle, sql: string): (string | null)[][] {
  return handle.prepare<[], (string | null)[]>(sql).raw().all();
}
