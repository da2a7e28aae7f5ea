import type { Socket } from 'node:net';
import { type ConnectionConfig, createConnection } from 'mariadb';
import { AppError, InternalError, systemCode } from '../../errors.ts';
import { openTls, type ServerAddress } from './address.ts';
import { serverErrors, withoutDot } from './failure.ts';

/** The part of the driver's connection that is not in its types; the driver's version is pinned exactly. */
interface DriverConnection {
  readonly __tests?: { getSocket(): Socket };
}

/** Options of the driver that are not in its types. `keepEof` lets result sets end in an EOF packet. */
type DriverOptions = ConnectionConfig & { readonly keepEof: boolean; readonly permitRedirect: boolean };

/** A connection that went dead without a word is noticed by TCP after about half a minute. */
const keepAliveDelayMs = 20_000;

/**
 * Connects, encrypts and authenticates with the driver, and hands its socket over.
 *
 * @throws AppError DATABASE.UNREACHABLE, AUTHENTICATION, NOT_FOUND, PERMISSION
 */
export async function connectSocket(address: ServerAddress, origin: string): Promise<Socket> {
  const connection = await createConnection(driverOptions(address, origin)).catch((error: unknown) => {
    throw describeConnectFailure(error, address, origin);
  });
  const socket = (connection as unknown as DriverConnection).__tests?.getSocket();
  if (socket === undefined) throw new InternalError('the mariadb driver no longer hands out its socket');
  connection.on('error', () => socket.destroy());
  return socket;
}

function driverOptions(address: ServerAddress, origin: string): DriverOptions {
  return {
    host: address.host,
    port: address.port,
    ...(address.socketPath === null ? {} : { socketPath: address.socketPath }),
    user: address.user,
    password: address.password,
    database: address.database,
    collation: 'UTF8MB4_GENERAL_CI',
    connectTimeout: address.connectTimeoutMs,
    keepAliveDelay: keepAliveDelayMs,
    allowPublicKeyRetrieval: address.allowPublicKeyRetrieval,
    // The EOF packet carries the number of warnings; the packet that replaced it is longer and may be a row.
    keepEof: true,
    multipleStatements: false,
    permitLocalInfile: false,
    permitRedirect: false,
    compress: false,
    logger: { warning: () => undefined },
    ...(address.tls === null ? {} : { ssl: openTls(address.tls, address.host, origin) }),
  };
}

function describeConnectFailure(error: unknown, address: ServerAddress, origin: string): unknown {
  if (error instanceof AppError) return error;
  const where = address.socketPath ?? `${address.host}:${address.port}`;
  const errno = (error as { errno?: unknown }).errno;
  const details = { cause: error };
  switch (errno) {
    case serverErrors.accessDenied:
    case 1698:
    case 1130:
    case 1862:
      return new AppError(
        'DATABASE.AUTHENTICATION',
        `Cannot log in to the database server at ${where} as ${address.user}: the server refused the user, its password or this host`,
        { ...details, hint: `Check the user and the password in ${origin}` },
      );
    case serverErrors.unknownDatabase:
      return new AppError(
        'DATABASE.NOT_FOUND',
        `Cannot open database ${address.database} at ${where}: there is none of this name`,
        { ...details, hint: `Check the database name in ${origin}, or create the database first` },
      );
    case serverErrors.databaseAccessDenied:
      return new AppError(
        'DATABASE.PERMISSION',
        `Cannot open database ${address.database} at ${where}: user ${address.user} has no rights on it, or it does not exist`,
        {
          ...details,
          hint: `Check the database name in ${origin}, or grant the user rights on the database`,
        },
      );
    default:
      return unreachable(error, where, origin);
  }
}

function unreachable(error: unknown, where: string, origin: string): AppError {
  const text = driverText(error);
  if (/public ?key/i.test(text)) {
    return new AppError(
      'DATABASE.AUTHENTICATION',
      `Cannot log in to the database server at ${where}: it hides passwords with a key that only TLS brings safely`,
      {
        hint: `Add sslaccept=strict to the URL in ${origin}, or allowPublicKeyRetrieval=true in a network you trust`,
      },
    );
  }
  const hint = /certificate|self.signed|altnames/i.test(`${text} ${systemCode(error)}`)
    ? `Give the server's certificate in sslcert, or sslaccept=accept_invalid_certs, in the URL from ${origin}`
    : `Check that the server runs and that host and port in ${origin} are right`;
  return new AppError('DATABASE.UNREACHABLE', `Cannot reach the database server at ${where}: ${text}`, {
    hint,
    cause: error,
  });
}

/** The driver's reason without its prefix of connection number and SQL state. */
function driverText(error: unknown): string {
  const { sqlMessage, message } = error as { sqlMessage?: unknown; message?: unknown };
  const text = typeof sqlMessage === 'string' && sqlMessage !== '' ? sqlMessage : String(message);
  return withoutDot(text.replace(/^\(conn:[^)]*\)\s*/, '').split('\n')[0]!);
}
