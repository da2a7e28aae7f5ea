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

/** The text of anything that was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (ENOENT, ENOSPC …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
