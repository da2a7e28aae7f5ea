import { AppError } from '../errors.ts';
import type { Provider } from '../snapshot/table.ts';

/** A database's address as it was found. */
export interface Address {
  /** May hold a password. */
  readonly url: string;
  /** For messages: `DATABASE_URL in .env`. */
  readonly origin: string;
}

const providers: ReadonlyMap<string, Provider> = new Map([
  ['file', 'sqlite'],
  ['sqlite', 'sqlite'],
  ['postgres', 'postgresql'],
  ['postgresql', 'postgresql'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
]);

const notYetSupported: ReadonlyMap<string, string> = new Map([
  ['mongodb', 'MongoDB'],
  ['mongodb+srv', 'MongoDB'],
  ['sqlserver', 'SQL Server'],
  ['jdbc', 'SQL Server'],
  ['cockroachdb', 'CockroachDB'],
  ['libsql', 'libSQL'],
]);

/** Prisma's own service and its local stand-in, which pass queries on and cannot be copied from. */
const proxies: ReadonlySet<string> = new Set(['prisma', 'prisma+postgres']);

export function isProxy(url: string): boolean {
  return proxies.has(schemeOf(url));
}

/** True for a text that could be an address, whether or not it is a good one. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text.trim());
}

/**
 * The kind of database that an address names.
 *
 * @throws AppError CONFIG.URL_UNSUPPORTED, CONFIG.URL_INVALID
 */
export function providerOf(address: Address): Provider {
  const scheme = schemeOf(address.url);
  const provider = providers.get(scheme);
  if (provider === undefined) throw notAnAddress(address, scheme);
  if (provider !== 'sqlite') readServerUrl(address);
  return provider;
}

/**
 * The address of a server, taken apart.
 *
 * @throws AppError CONFIG.URL_INVALID
 */
export function readServerUrl(address: Address): URL {
  const url = URL.canParse(address.url) ? new URL(address.url) : null;
  // With a raw `#`, `/` or `?` in the password, the user and part of the password are taken for host and port.
  const isCutShort = url?.username === '' && /@/.test(url.pathname + url.hash);
  if (url !== null && !isCutShort) return url;
  throw new AppError('CONFIG.URL_INVALID', `Cannot use ${address.origin}: it is not a well-formed address`, {
    hint: 'Percent-encode special characters of the password: @ is %40, # is %23, / is %2F, ? is %3F, : is %3A, % is %25',
  });
}

/** The message of a provider that the schema names and Holdfast does not read. */
export function unsupportedProvider(provider: string, place: string): AppError {
  const name = notYetSupported.get(provider) ?? provider;
  return new AppError(
    'CONFIG.URL_UNSUPPORTED',
    `Cannot back up ${name}, which ${place} names: not yet supported`,
    {
      hint: 'Supported are SQLite, PostgreSQL, MariaDB and MySQL',
    },
  );
}

function notAnAddress(address: Address, scheme: string): AppError {
  const { origin, url } = address;
  if (proxies.has(scheme)) {
    return new AppError(
      'CONFIG.URL_UNSUPPORTED',
      `Cannot use ${origin}: a ${scheme}:// address passes queries on and cannot be copied from`,
      {
        hint: 'Put the direct address of the database (postgresql://…) into a variable, such as DIRECT_URL, and name it with --url-env DIRECT_URL',
      },
    );
  }
  if (notYetSupported.has(scheme)) return unsupportedProvider(scheme, origin);
  if (/^["']/.test(url)) {
    return new AppError('CONFIG.URL_INVALID', `Cannot use ${origin}: its value begins with a quote`, {
      hint: 'Take the quotes away: only .env files may have them around a value',
    });
  }
  const found = scheme === '' ? 'it has no scheme' : `${scheme}: is no scheme of a database`;
  return new AppError('CONFIG.URL_INVALID', `Cannot use ${origin}: ${found}`, {
    hint: 'An address begins with file:, postgresql://, mysql:// or mariadb://',
  });
}

function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
}
