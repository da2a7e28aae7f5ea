import { AppError, type ErrorCode } from '../../errors.ts';

/** An error that the server answered with. */
export class ServerError extends Error {
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.name = 'ServerError';
    this.errno = errno;
  }
}

/** The connection ended before the answer was complete. */
export class ConnectionLost extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'ConnectionLost';
  }
}

/** Error numbers of the server; the same in MySQL and MariaDB unless one is named. */
export const serverErrors = {
  databaseAccessDenied: 1044,
  accessDenied: 1045,
  unknownDatabase: 1049,
  tableExists: 1050,
  lockWaitTimeout: 1205,
  tableChanged: 1412,
  noSuchTable: 1146,
} as const;

const codesByNumber: Readonly<Record<number, ErrorCode>> = {
  1044: 'DATABASE.PERMISSION',
  1142: 'DATABASE.PERMISSION',
  1143: 'DATABASE.PERMISSION',
  1227: 'DATABASE.PERMISSION',
  1370: 'DATABASE.PERMISSION',
  1290: 'DATABASE.PERMISSION',
  1419: 'DATABASE.PERMISSION',
  1045: 'DATABASE.AUTHENTICATION',
  1205: 'DATABASE.LOCKED',
  1213: 'DATABASE.LOCKED',
  1412: 'DATABASE.CHANGED',
  1146: 'DATABASE.CHANGED',
  1054: 'DATABASE.CHANGED',
  1021: 'DATABASE.FULL',
  1114: 'DATABASE.FULL',
  1034: 'DATABASE.CORRUPT',
  1194: 'DATABASE.CORRUPT',
  1712: 'DATABASE.CORRUPT',
  1932: 'DATABASE.CORRUPT',
  1053: 'DATABASE.LOST',
  1317: 'DATABASE.LOST',
  1927: 'DATABASE.LOST',
};

const hintsByCode: Partial<Record<ErrorCode, string>> = {
  'DATABASE.PERMISSION':
    'Give the user of the URL the missing right, or use a URL of a user that owns the whole database',
  'DATABASE.CHANGED': 'The tables were altered meanwhile. Run the command again',
  'DATABASE.FULL': 'Free space on the disk of the database server, then run the command again',
  'DATABASE.CORRUPT': 'Look at the error log of the database server, and check the table with CHECK TABLE',
  'DATABASE.LOST': 'Check that the server still runs, then run the command again',
};

/** What was being done, and the code to use when the server's reason has none of its own. */
export interface Attempt {
  /** Begins the message: `Cannot read table orders`. */
  readonly what: string;
  readonly otherwise: ErrorCode;
}

/** The failure as an AppError; reasons that are none of the server's or the connection's stay what they are. */
export function describeFailure(error: unknown, { what, otherwise }: Attempt): unknown {
  if (error instanceof ConnectionLost) return appError('DATABASE.LOST', what, error);
  if (error instanceof ServerError) return appError(codesByNumber[error.errno] ?? otherwise, what, error);
  return error;
}

function appError(code: ErrorCode, what: string, cause: Error): AppError {
  const hint = hintsByCode[code];
  return new AppError(code, `${what}: ${withoutDot(cause.message)}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Runs the work; what it fails with becomes an AppError that begins with `what`. */
export async function attempt<T>(details: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw describeFailure(error, details);
  }
}

export function isServerError(error: unknown, errno: number): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof ServerError && cause.errno === errno;
}

export function withoutDot(message: string): string {
  return message.replace(/\.\s*$/, '');
}
