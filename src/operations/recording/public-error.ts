import { errorCodes } from '../../errors.ts';

/** Codes whose messages may quote a row: a key, or what the server says of a value. */
const mayQuoteRows: ReadonlySet<string> = new Set([
  'DATABASE.READ',
  'SNAPSHOT.CONTENT',
  'RESTORE.ROW',
  'RESTORE.CONFLICT',
  'RESTORE.ORPHANS',
  'RESTORE.CHECK',
]);

/**
 * An error as it may leave the machine. Messages that could quote the application's data, and those of faults that
 * nobody foresaw, are left at home.
 */
export function publicError(error: { readonly code: string; readonly message: string }) {
  const isKnown = (errorCodes as readonly string[]).includes(error.code);
  if (isKnown && !mayQuoteRows.has(error.code)) return error;
  return {
    code: error.code,
    message: 'The whole message stands in the log of the run and in holdfast history',
  };
}
