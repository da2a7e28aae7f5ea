import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { AppError, describeError } from '../../errors.ts';
import type { DatabaseIdentity, DatabaseTarget } from '../../ports/database.ts';

const defaultPort = 3306;
const defaultConnectTimeoutMs = 10_000;

/** Where a server is and how to get in, as the URL says it. Holds the password. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** The path of a Unix socket, used instead of host and port. */
  readonly socketPath: string | null;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly connectTimeoutMs: number;
  readonly tls: TlsSettings | null;
  /** Ask a server without TLS for the key that hides the password (caching_sha2_password). */
  readonly allowPublicKeyRetrieval: boolean;
}

/** Files named by the URL; they are read when the connection is made. */
export interface TlsSettings {
  readonly verify: boolean;
  readonly caFile: string | null;
  readonly identityFile: string | null;
  readonly identityPassword: string | null;
}

/** @throws AppError CONFIG.URL_INVALID, which never shows the URL itself */
export function parseAddress(target: DatabaseTarget): ServerAddress {
  const url = parseUrl(target);
  const parameters = url.searchParams;
  const database = decode(url.pathname.replace(/^\//, ''), target);
  if (database === '') throw invalid(target, 'it names no database');
  const host = decode(url.hostname, target).replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw invalid(target, 'it names no host');
  const socketPath = parameters.get('socket') ?? parameters.get('socketPath');
  return {
    host,
    port: url.port === '' ? defaultPort : Number(url.port),
    socketPath,
    user: decode(url.username, target) || 'root',
    password: decode(url.password, target),
    database,
    connectTimeoutMs: readTimeout(parameters.get('connect_timeout')),
    tls: readTls(parameters),
    allowPublicKeyRetrieval:
      parameters.get('allowPublicKeyRetrieval') === 'true' || socketPath !== null || isLoopback(host),
  };
}

/** Another database on the same server. */
export function withDatabase(target: DatabaseTarget, name: string): DatabaseTarget {
  const url = parseUrl(target);
  url.pathname = `/${name}`;
  return { ...target, url: url.href };
}

export function identify(target: DatabaseTarget): DatabaseIdentity {
  const address = parseAddress(target);
  const host = address.socketPath ?? `${bracketed(address.host.toLowerCase())}:${address.port}`;
  return { provider: 'mysql', host, name: address.database };
}

/** What Node's TLS is told beside the socket. */
export interface TlsOptions extends SecureContextOptions {
  readonly rejectUnauthorized: boolean;
  readonly host: string;
  readonly servername?: string;
}

/**
 * The TLS options for Node. The host is what the certificate must be for: the driver does not name it.
 *
 * @throws AppError CONFIG.URL_INVALID when a file cannot be read
 */
export function openTls(tls: TlsSettings, host: string, origin: string): TlsOptions {
  return {
    rejectUnauthorized: tls.verify,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.caFile === null ? {} : { ca: readFile(tls.caFile, origin) }),
    ...(tls.identityFile === null ? {} : { pfx: readFile(tls.identityFile, origin) }),
    ...(tls.identityPassword === null ? {} : { passphrase: tls.identityPassword }),
  };
}

function parseUrl(target: DatabaseTarget): URL {
  if (!URL.canParse(target.url)) throw invalid(target, 'it is not a URL');
  const url = new URL(target.url);
  if (url.protocol !== 'mysql:' && url.protocol !== 'mariadb:') {
    throw invalid(target, `it begins with ${url.protocol}// and not with mysql://`);
  }
  if (url.hash !== '') throw invalid(target, 'it holds a # that is not written as %23');
  return url;
}

function decode(part: string, target: DatabaseTarget): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw invalid(target, 'it holds a % that is not written as %25', error);
  }
}

function invalid(target: DatabaseTarget, why: string, cause?: unknown): AppError {
  return new AppError('CONFIG.URL_INVALID', `Cannot use the database URL from ${target.origin}: ${why}`, {
    hint: 'Write it as mysql://user:password@host:3306/database, special characters percent-encoded',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Prisma's connect_timeout is in seconds, and 0 means without limit. */
function readTimeout(text: string | null): number {
  if (text === null || !/^\d{1,6}$/.test(text)) return defaultConnectTimeoutMs;
  return Number(text) * 1000;
}

/** As Prisma does: TLS where one of its settings stands in the URL; certificates are verified if strict is asked for. */
function readTls(parameters: URLSearchParams): TlsSettings | null {
  const caFile = parameters.get('sslcert') ?? parameters.get('sslca');
  const identityFile = parameters.get('sslidentity');
  const accept = parameters.get('sslaccept');
  const isAsked = accept !== null || caFile !== null || identityFile !== null;
  if (!isAsked && parameters.get('ssl') !== 'true') return null;
  return {
    verify: accept === 'strict' || (accept === null && parameters.get('ssl') === 'true'),
    caFile,
    identityFile,
    identityPassword: parameters.get('sslpassword'),
  };
}

function readFile(path: string, origin: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new AppError(
      'CONFIG.URL_INVALID',
      `Cannot read the certificate file of the database URL from ${origin}: ${describeError(error)}`,
      { hint: 'Give the path of a readable file in sslcert or sslidentity', cause: error },
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
