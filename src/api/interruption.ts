import { AppError } from '../errors.ts';

/** What to report of a failure: after an abort its reason, from which the other errors only follow. */
export function reportable(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true && !saysMore(error) ? signal.reason : error;
}

/** Some errors say in what state the database is, or what was done before the stop. */
function saysMore(error: unknown): boolean {
  return (
    error instanceof AppError &&
    ['RESTORE.UNFINISHED', 'DATABASE.LOST', 'RUN.INTERRUPTED'].includes(error.code)
  );
}
