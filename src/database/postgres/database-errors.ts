import { AppError, describeError, type ErrorCode, systemCode } from '../../errors.ts';

/** What the server says about an error, beyond its message. */
interface ServerError {
  readonly detail?: string | undefined;
  readonly where?: string | undefined;
}

const codesByState: Readonly<Record<string, ErrorCode>> = {
  '25006': 'DATABASE.PERMISSION',
  '28000': 'DATABASE.AUTHENTICATION',
  '28P01': 'DATABASE.AUTHENTICATION',
  '3D000': 'DATABASE.NOT_FOUND',
  '40P01': 'DATABASE.LOCKED',
  '42501': 'DATABASE.PERMISSION',
  '53100': 'DATABASE.FULL',
  '53300': 'DATABASE.UNREACHABLE',
  '55P03': 'DATABASE.LOCKED',
  '57P01': 'DATABASE.LOST',
  '57P02': 'DATABASE.LOST',
  '57P03': 'DATABASE.UNREACHABLE',
  '57P05': 'DATABASE.LOST',
  '58030': 'DATABASE.CORRUPT',
  XX001: 'DATABASE.CORRUPT',
  XX002: 'DATABASE.CORRUPT',
};

const hints: Partial<Record<ErrorCode, string>> = {
  'DATABASE.PERMISSION': 'Run Holdfast as the role that owns the tables, or grant what is missing.',
  'DATABASE.LOCKED': 'Run the command again, with a longer --lock-timeout if need be.',
  'DATABASE.LOST':
    'Check the server and the network. Behind a connection pooler, give the direct address (directUrl).',
  'DATABASE.FULL': 'Free space on the database server, then run the command again.',
  'DATABASE.CORRUPT': 'The server cannot read its own files: look at its log before anything else.',
};

/** Without this the rows that a policy hides would be missing from the snapshot. */
const rowSecurityHint =
  'A policy hides rows from this role. Use the role that owns the table (without FORCE ROW LEVEL SECURITY), or one with BYPASSRLS.';

/**
 * What a failure of the server or of the connection is to the operator. Errors that are already AppErrors stay.
 *
 * @param what what could not be done, without a trailing dot: `Cannot read table orders`
 * @param otherwise the code where the server's own says nothing more exact
 */
export function toAppError(error: unknown, what: string, otherwise: ErrorCode): AppError {
  if (error instanceof AppError) return error;
  const state = systemCode(error);
  const known = state === undefined ? undefined : codesByState[state];
  const code = known ?? (isConnectionLoss(error) ? 'DATABASE.LOST' : otherwise);
  const hint = isRowSecurity(error) ? rowSecurityHint : hints[code];
  return new AppError(code, `${what}: ${describeServerError(error)}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The five letters by which PostgreSQL names a kind of error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const code = systemCode(error instanceof AppError ? error.cause : error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The server's message with its detail, without a trailing dot. */
export function describeServerError(error: unknown): string {
  const message = withoutDot(describeError(error));
  const { detail } = error as ServerError;
  return detail ? `${message} (${withoutDot(detail)})` : message;
}

/** Where in its input the server found the error (`COPY orders, line 3, column id: "x"`), or an empty text. */
export function serverContext(error: unknown): string {
  return (error as ServerError).where ?? '';
}

function isConnectionLoss(error: unknown): boolean {
  const code = systemCode(error);
  if (code !== undefined && /^(08|ECONN|EPIPE|ETIMEDOUT|ENET|EHOST)/.test(code)) return true;
  return code === undefined && /^Connection terminated|not queryable|socket/i.test(describeError(error));
}

function isRowSecurity(error: unknown): boolean {
  return systemCode(error) === '42501' && describeError(error).includes('row-level security');
}

function withoutDot(text: string): string {
  return text.replace(/\.$/, '');
}
