import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { AppError, describeError } from '../../errors.ts';
import type { DatabaseIdentity, DatabaseTarget } from '../../ports/database.ts';
import { FixedBufferSocket } from '../../util/fixed-buffer-socket.ts';

/** How TLS is used: never, if the server has it, or always. */
export type TlsUse = 'never' | 'preferred' | 'required';

/** What a PostgreSQL URL says. */
export interface ConnectionAddress {
  /** A host name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  readonly tlsUse: TlsUse;
  readonly tls: ConnectionOptions;
  readonly connectTimeoutMs: number;
  /** Settings for the server's session, as libpq's `options` has them. */
  readonly options: string | undefined;
  /** Prisma's `?schema=`, or null. */
  readonly schema: string | null;
  /** Where the URL was found, for messages. */
  readonly origin: string;
}

const defaultPort = 5432;
const defaultConnectSeconds = 10;
const keepAliveDelayMs = 10_000;

/**
 * Reads a URL as Prisma and libpq understand it. Parameters that only steer Prisma's pool are ignored.
 *
 * @throws AppError CONFIG.URL_INVALID, without the URL, which may hold a password
 */
export function parseAddress(target: DatabaseTarget): ConnectionAddress {
  const url = parseUrl(target);
  const parameter = (name: string): string | undefined => url.searchParams.get(name) || undefined;
  const host = parameter('host') ?? decode(url.hostname.replace(/^\[(.+)\]$/, '$1'));
  const user = parameter('user') ?? (decode(url.username) || undefined);
  const database = parameter('dbname') ?? (decode(url.pathname.slice(1)) || user);
  if (database === undefined) throw invalidUrl(target, 'it names no database');
  return {
    host: host || 'localhost',
    port: parsePort(parameter('port') ?? url.port, target),
    user,
    password: parameter('password') ?? (decode(url.password) || undefined),
    database,
    tlsUse: host.startsWith('/') ? 'never' : tlsUse(parameter('sslmode') ?? parameter('ssl')),
    tls: tlsOptions(parameter, target),
    connectTimeoutMs: connectTimeout(parameter('connect_timeout')),
    options: parameter('options'),
    schema: parameter('schema') ?? null,
    origin: target.origin,
  };
}

/** Which database the address names, without its secrets. */
export function identify(target: DatabaseTarget): DatabaseIdentity {
  const { host, port, database } = parseAddress(target);
  const shown = host.includes(':') ? `[${host}]` : host;
  return { provider: 'postgresql', host: `${shown.toLowerCase()}:${port}`, name: database };
}

/** Another database on the same server. */
export function withDatabase(
  target: DatabaseTarget,
  name: string,
  schemas: readonly string[],
): DatabaseTarget {
  const url = parseUrl(target);
  url.pathname = `/${name}`;
  for (const parameter of ['dbname', 'schema']) url.searchParams.delete(parameter);
  return { ...target, url: url.href, schemas };
}

/** The driver's settings for this address. */
export function toClientConfig(address: ConnectionAddress, useTls: boolean): ClientConfig {
  const { user, password, options } = address;
  return {
    host: address.host,
    port: address.port,
    database: address.database,
    ssl: useTls ? address.tls : false,
    ...(useTls ? {} : { stream: () => new FixedBufferSocket() }),
    application_name: 'holdfast',
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    connectionTimeoutMillis: address.connectTimeoutMs,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(options === undefined ? {} : { options }),
  };
}

function parseUrl(target: DatabaseTarget): URL {
  // A Unix socket's URL may have a user and no host, which URL does not accept.
  const url = [target.url, target.url.replace(/@(?=[/?]|$)/, '@localhost')].find((text) =>
    URL.canParse(text),
  );
  if (url === undefined) throw invalidUrl(target, 'it is not a URL with one host');
  return new URL(url);
}

function parsePort(text: string, target: DatabaseTarget): number {
  if (text === '') return defaultPort;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalidUrl(target, 'its port is not a number');
  return port;
}

function tlsUse(mode: string | undefined): TlsUse {
  if (mode === undefined || mode === 'prefer' || mode === 'allow') return 'preferred';
  return mode === 'disable' || mode === 'false' || mode === '0' ? 'never' : 'required';
}

function tlsOptions(
  parameter: (name: string) => string | undefined,
  target: DatabaseTarget,
): ConnectionOptions {
  const mode = parameter('sslmode');
  const key = parameter('sslkey');
  const clientCertificate = key === undefined ? undefined : parameter('sslcert');
  // Prisma calls the authority's certificate `sslcert`; libpq's `sslcert` is the client's and comes with `sslkey`.
  const authority = parameter('sslrootcert') ?? (key === undefined ? parameter('sslcert') : undefined);
  const identity = parameter('sslidentity');
  const passphrase = parameter('sslpassword');
  const isVerified =
    mode === 'verify-full' ||
    mode === 'verify-ca' ||
    authority !== undefined ||
    parameter('sslaccept') === 'strict';
  const checksName = mode === 'verify-full' || parameter('sslaccept') === 'strict';
  const read = (path: string): Buffer => readCertificate(path, target);
  return {
    rejectUnauthorized: isVerified && parameter('sslaccept') !== 'accept_invalid_certs',
    ...(checksName ? {} : { checkServerIdentity: () => undefined }),
    ...(authority === undefined || authority === 'system' ? {} : { ca: read(authority) }),
    ...(key === undefined ? {} : { key: read(key) }),
    ...(clientCertificate === undefined ? {} : { cert: read(clientCertificate) }),
    ...(identity === undefined ? {} : { pfx: read(identity) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function readCertificate(path: string, target: DatabaseTarget): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new AppError(
      'CONFIG.FILE',
      `Cannot read ${path}, which ${target.origin} names: ${describeError(error)}`,
      {
        hint: 'Give the path of the certificate from the folder where you run Holdfast.',
        cause: error,
      },
    );
  }
}

function connectTimeout(seconds: string | undefined): number {
  const given = Number(seconds ?? defaultConnectSeconds);
  return Number.isFinite(given) && given >= 0 ? given * 1000 : defaultConnectSeconds * 1000;
}

/** A lone per cent sign stands for itself, as it does for Prisma. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex');
    return bytes.toString('utf8');
  });
}

function invalidUrl(target: DatabaseTarget, why: string): AppError {
  return new AppError('CONFIG.URL_INVALID', `Cannot read the database URL of ${target.origin}: ${why}`, {
    hint: 'Write postgresql://user:password@host:5432/database, with # / ? @ : % in the password percent-encoded.',
  });
}
