import { AppError, type ErrorCode, systemCode } from '../errors.ts';

/** What the process says to the shell (docs/CLI.md). Any other code than 0 means: not done, or look at the output. */
export const exitCodes = { done: 0, bug: 1, failed: 2, declined: 3, findings: 4, locked: 5 } as const;

const codes: Partial<Record<ErrorCode, number>> = {
  'RESTORE.CONSENT': exitCodes.declined,
  'CONSENT.MISSING': exitCodes.declined,
  'RUN.LOCKED': exitCodes.locked,
};

/** The code for an error; those of signals are the caller's. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof AppError) return codes[error.code] ?? exitCodes.failed;
  return isOutsideFault(error) ? exitCodes.failed : exitCodes.bug;
}

/** What SQLite says where the disk, its room or its rights are to blame: https://www.sqlite.org/rescode.html */
const fileFaults = [
  ...['SQLITE_IOERR', 'SQLITE_FULL', 'SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'],
  ...['SQLITE_PERM', 'SQLITE_BUSY', 'SQLITE_LOCKED', 'SQLITE_NOMEM', 'SQLITE_PROTOCOL'],
];

/** True for faults of the operating system, or of a file of SQLite's, that nothing nearer has explained. */
export function isOutsideFault(error: unknown): boolean {
  const code = systemCode(error);
  if (code === undefined) return false;
  return (
    (error as { syscall?: unknown }).syscall !== undefined ||
    fileFaults.some((fault) => code.startsWith(fault))
  );
}
