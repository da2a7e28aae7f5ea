import { constants } from 'node:os';

/**
 * Every code that an AppError may carry. Operators grep for them and scripts branch on them, so a code is never
 * renamed; each is listed in docs/CLI.md.
 */
export const errorCodes = [
  'USAGE',
  'CONFIG.URL_MISSING',
  'CONFIG.URL_INVALID',
  'CONFIG.URL_AMBIGUOUS',
  'CONFIG.URL_UNSUPPORTED',
  'CONFIG.SETTING',
  'CONFIG.FILE',
  'DATABASE.UNREACHABLE',
  'DATABASE.AUTHENTICATION',
  'DATABASE.NOT_FOUND',
  'DATABASE.EMPTY_FILE',
  'DATABASE.CORRUPT',
  'DATABASE.PERMISSION',
  'DATABASE.LOCKED',
  'DATABASE.LOST',
  'DATABASE.UNSUPPORTED',
  'DATABASE.NOT_CONSISTENT',
  'DATABASE.CHANGED',
  'DATABASE.FULL',
  'DATABASE.READ',
  'SNAPSHOT.NOT_FOUND',
  'SNAPSHOT.AMBIGUOUS',
  'SNAPSHOT.NAME',
  'SNAPSHOT.FORMAT',
  'SNAPSHOT.VERSION',
  'SNAPSHOT.TRUNCATED',
  'SNAPSHOT.EXTENDED',
  'SNAPSHOT.CHECKSUM',
  'SNAPSHOT.CONTENT',
  'SNAPSHOT.TABLE',
  'FOLDER.NOT_WRITABLE',
  'FOLDER.FULL',
  'FOLDER.OTHER_DATABASE',
  'FOLDER.IO',
  'RUN.LOCKED',
  'RUN.INTERRUPTED',
  'RESTORE.PROVIDER',
  'RESTORE.SCHEMA',
  'RESTORE.CONFLICT',
  'RESTORE.ORPHANS',
  'RESTORE.TRIGGERS',
  'RESTORE.SAFETY',
  'RESTORE.CONSENT',
  'RESTORE.ROW',
  'RESTORE.CHECK',
  'RESTORE.UNFINISHED',
  'RESTORE.NOTHING_TO_UNDO',
  'CONSENT.MISSING',
  'RETENTION.POLICY',
  'SNAPSHOT.NEEDED',
  'SCHEDULE.CRONTAB',
  'HISTORY.UNUSABLE',
  'STORE.UNREACHABLE',
  'STORE.BUSY',
  'STORE.LOST',
  'STORE.AUTHENTICATION',
  'STORE.PERMISSION',
  'STORE.FULL',
  'STORE.NOT_FOUND',
  'STORE.EXISTS',
  'STORE.CHECKSUM',
  'STORE.SETTING',
  'STORE.VERIFY',
  'STORE.NOT_ENCRYPTED',
  'ENCRYPTION.KEY',
  'ENCRYPTION.IDENTITY_MISSING',
  'ENCRYPTION.WRONG_IDENTITY',
  'RULE.SYNTAX',
  'EXPORT.DIALECT',
  'EXPORT.DEFINITION',
  'EXPORT.VALUE',
  'EXPORT.EXISTS',
  'SNAPSHOT.KIND',
  'RESTORE.FILE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface AppErrorDetails {
  /** What the operator can do next, with the command to run. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * A failure that the operator can act on. The message says what failed, on what and why, without a trailing dot and
 * without secrets.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: AppErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = details.hint;
  }
}

/** A state that only a bug in Holdfast can produce; shown with its stack and exit code 1. */
export class InternalError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InternalError';
  }
}

/** Node has no name for some errors of the system, a quota that is used up among them. */
const unnamed = /Unknown system error -(\d+)/;
const unnamedTwice = /Unknown system error -(\d+)(?:: Unknown system error -\1)?/;
const words: Readonly<Record<string, string>> = {
  EDQUOT: 'disk quota exceeded',
  ESTALE: 'stale file handle',
  EREMOTEIO: 'remote I/O error',
};

/** The text of anything that was thrown. */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(unnamedTwice, (whole, number) => {
    const name = errorName(Number(number));
    return name === undefined ? whole : [name, words[name] ?? []].flat().join(': ');
  });
}

/** The system's error code (ENOENT, ENOSPC …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return undefined;
  const [, number] = unnamed.exec(code) ?? [];
  return number === undefined ? code : (errorName(Number(number)) ?? code);
}

function errorName(number: number): string | undefined {
  return Object.entries(constants.errno).find(([, one]) => one === number)?.[0];
}
