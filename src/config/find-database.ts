import { AppError } from '../errors.ts';
import type { DatabaseTarget } from '../ports/database.ts';
import { supportedProviders } from '../schema/prisma-schema.ts';
import { type Application, readApplication, schemaFolder } from './application.ts';
import { type ChosenAddress, chooseAddress } from './choose-address.ts';
import { type Address, isProxy, providerOf, readServerUrl, unsupportedProvider } from './database-address.ts';
import { findDatabaseFile } from './database-file.ts';
import type { Settings } from './settings.ts';

export interface FoundDatabase {
  readonly target: DatabaseTarget;
  /** Sentences about the address, without secrets. Those about `prisma.config.*` come from `loadPrismaSchema`. */
  readonly warnings: readonly string[];
}

/**
 * Finds the application's database the way its Prisma does (`chooseAddress` states the order). It may run the
 * application's `prisma.config.*`.
 *
 * @throws AppError CONFIG.URL_MISSING, URL_INVALID, URL_UNSUPPORTED, URL_AMBIGUOUS
 */
export async function findDatabase(settings: Settings): Promise<FoundDatabase> {
  const application = await readApplication(settings);
  checkSchemaProvider(application);
  const chosen = chooseAddress(settings, application);
  const passed = passPooler(chosen);
  const target = await makeTarget(passed.address, application, chosen.main);
  checkSameProvider(target, application);
  return { target, warnings: [...chosen.warnings, ...passed.warnings] };
}

/**
 * Makes a target of an address, for an application that says which folders and schemas are meant.
 *
 * @param main the address that states `?schema=` where `address` is only a way past a pooler
 */
export async function makeTarget(
  address: Address,
  application: Application,
  main: Address = address,
): Promise<DatabaseTarget> {
  const provider = providerOf(address);
  const { url, origin } = address;
  if (provider === 'sqlite') {
    const { file, candidates } = await findDatabaseFile(address, databaseFolders(application));
    return { provider, url, file, candidates, schemas: [], origin };
  }
  const schemas = provider === 'postgresql' ? schemasOf(address, application, main) : [];
  return { provider, url, file: null, schemas, origin };
}

/** Where a relative `file:` address may start from. */
function databaseFolders(application: Application): readonly string[] {
  const folders = [
    schemaFolder(application),
    application.folder,
    application.config?.folder,
    `${application.folder}/prisma`,
  ];
  return folders.filter((folder) => typeof folder === 'string');
}

/**
 * The connection's own schema comes first: models without `@@schema` and Prisma's table of migrations lie there, also
 * in an application that lists other schemas.
 */
function schemasOf(address: Address, application: Application, main: Address): readonly string[] {
  const own = schemaParameter(main) ?? schemaParameter(address);
  const listed = application.datasource?.schemas ?? [];
  if (listed.length === 0) return own === null ? [] : [own];
  return [...new Set([own ?? 'public', ...listed])];
}

function schemaParameter(address: Address): string | null {
  return isProxy(address.url) ? null : readServerUrl(address).searchParams.get('schema') || null;
}

/** The direct address where the main one leads through a pooler, which breaks session settings and long reads. */
function passPooler({ main, direct }: ChosenAddress): {
  readonly address: Address;
  readonly warnings: readonly string[];
} {
  if (isProxy(main.url)) return { address: direct ?? main, warnings: [] };
  if (!isPooled(main)) return { address: main, warnings: [] };
  if (direct !== null) return { address: direct, warnings: warnOtherName(main, direct) };
  return {
    address: main,
    warnings: [
      `${main.origin} leads through a connection pooler; if the backup fails, set directUrl, or name the variable of the direct address with --url-env <NAME>`,
    ],
  };
}

function isPooled(main: Address): boolean {
  if (providerOf(main) !== 'postgresql') return false;
  const url = readServerUrl(main);
  return (
    url.searchParams.get('pgbouncer') === 'true' ||
    ['6432', '6543'].includes(url.port) ||
    /-pooler\b/.test(url.hostname)
  );
}

function warnOtherName(main: Address, direct: Address): readonly string[] {
  if (providerOf(direct) !== providerOf(main)) return [];
  if (readServerUrl(direct).pathname === readServerUrl(main).pathname) return [];
  return [`${direct.origin} names another database than ${main.origin}; the first one is used`];
}

function checkSchemaProvider({ datasource }: Application): void {
  const provider = datasource?.provider ?? null;
  if (datasource === null || provider === null || supportedProviders.has(provider)) return;
  throw unsupportedProvider(provider, datasource.path);
}

function checkSameProvider(target: DatabaseTarget, { datasource }: Application): void {
  const declared = supportedProviders.get(datasource?.provider ?? '');
  if (datasource === null || declared === undefined || declared === target.provider) return;
  throw new AppError(
    'CONFIG.URL_INVALID',
    `Cannot use ${target.origin}: it is an address of ${target.provider}, but ${datasource.path} says ${datasource.provider}`,
    { hint: 'Name the variable that holds the right address with --url-env <NAME>' },
  );
}
