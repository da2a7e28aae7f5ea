import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { AppError, describeError, type ErrorCode, systemCode } from '../../errors.ts';

/** The beginnings of SQLite's result codes: https://www.sqlite.org/rescode.html */
const codesByResult: readonly (readonly [string, ErrorCode])[] = [
  ['SQLITE_BUSY', 'DATABASE.LOCKED'],
  ['SQLITE_LOCKED', 'DATABASE.LOCKED'],
  ['SQLITE_CORRUPT', 'DATABASE.CORRUPT'],
  ['SQLITE_NOTADB', 'DATABASE.CORRUPT'],
  ['SQLITE_IOERR_SHORT_READ', 'DATABASE.CORRUPT'],
  ['SQLITE_FULL', 'DATABASE.FULL'],
  ['ENOSPC', 'DATABASE.FULL'],
  ['EDQUOT', 'DATABASE.FULL'],
  ['SQLITE_READONLY', 'DATABASE.PERMISSION'],
  ['SQLITE_PERM', 'DATABASE.PERMISSION'],
  ['SQLITE_CANTOPEN', 'DATABASE.PERMISSION'],
  ['EACCES', 'DATABASE.PERMISSION'],
  ['EPERM', 'DATABASE.PERMISSION'],
  ['EROFS', 'DATABASE.PERMISSION'],
];

const hints: Partial<Record<ErrorCode, string>> = {
  'DATABASE.CORRUPT':
    'Keep the file as it is, and bring back the last good snapshot: `holdfast restore latest` saves the damaged file first.',
  'DATABASE.PERMISSION':
    'Run Holdfast as the user that owns the database file; its folder must be writable too.',
  'DATABASE.LOCKED': 'Run the command again, with a longer --lock-timeout if need be.',
  'DATABASE.FULL': 'Free space on the disk of the database file, then run the command again.',
};

/**
 * What a failure of SQLite or of the file system is to the operator. Errors that are already AppErrors stay.
 *
 * @param what what could not be done, without a trailing dot: `Cannot read table orders`
 * @param otherwise the code where SQLite's own says nothing more exact
 */
export function toAppError(error: unknown, what: string, otherwise: ErrorCode): AppError {
  if (error instanceof AppError) return error;
  const result = systemCode(error) ?? '';
  const code = codesByResult.find(([start]) => result.startsWith(start))?.[1] ?? otherwise;
  const hint = hints[code];
  return new AppError(code, `${what}: ${describeError(error).replace(/\.$/, '')}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Why a database file that could be read could not be written. SQLite opens a file for reading only when it may not write
 * to it, and also when anything else goes wrong at that moment.
 */
export function notWritable(file: string, cause?: unknown): AppError {
  if (!mayWrite(file)) {
    return new AppError(
      'DATABASE.PERMISSION',
      `Cannot write to ${file}: the file or its folder is read-only`,
      {
        hint: hints['DATABASE.PERMISSION']!,
        cause,
      },
    );
  }
  return new AppError(
    'DATABASE.READ',
    `Cannot write to ${file}: SQLite could open it for reading only, although this user may write to it: a full disk or quota (ENOSPC, EDQUOT), too many open files (EMFILE), or an I/O error (EIO)`,
    {
      hint: 'Run the command again. If it stays so, look at: df, ulimit -n, and dmesg for errors of the disk',
      cause,
    },
  );
}

function mayWrite(file: string): boolean {
  try {
    for (const one of [file, path.dirname(file)]) accessSync(one, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function isReadOnly(error: unknown): boolean {
  return systemCode(error)?.startsWith('SQLITE_READONLY') ?? false;
}

/** Another connection holds a lock; the same call may succeed later. */
export function isBusy(error: unknown): boolean {
  return systemCode(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** A constraint refused a row, or a value does not fit its column or SQLite's limits. */
export function isRowFault(error: unknown): boolean {
  return /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG|ERROR)/.test(systemCode(error) ?? '');
}

/** The files are there, but reading them would need to write beside them, and that is not allowed. */
export function needsWriting(error: unknown): boolean {
  return /^SQLITE_(?:CANTOPEN|READONLY)/.test(systemCode(error) ?? '');
}

/** The file does not hold what SQLite once wrote to it. */
export function isDamage(error: unknown): boolean {
  return systemCode(error)?.startsWith('SQLITE_CORRUPT') ?? false;
}

export function isFull(error: unknown): boolean {
  return ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
}
