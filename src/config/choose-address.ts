import { AppError } from '../errors.ts';
import type { UrlSource } from '../schema/prisma-schema.ts';
import type { Application } from './application.ts';
import { type Address, isProxy } from './database-address.ts';
import type { Variable } from './environment.ts';
import { usualSchemaPaths } from './schema-location.ts';
import type { Settings } from './settings.ts';

export const usualVariable = 'DATABASE_URL';

/** The address of the application's database, and the one that leads past a pooler where there is one. */
export interface ChosenAddress {
  readonly main: Address;
  readonly direct: Address | null;
  readonly warnings: readonly string[];
}

/**
 * Chooses as Prisma does. First that comes:
 *
 * 1. the address that a program gave, or the variable named by `--url-env` or `urlEnv`
 * 2. `datasource.url` of `prisma.config.*` (Prisma 7, and 6 where it is set there)
 * 3. `url` of the schema's datasource, mostly `env("…")` (Prisma 6 and older)
 * 4. `DATABASE_URL`
 *
 * A variable that 2 or 3 names and that is not set is an error, although `DATABASE_URL` may be: it could be the
 * address of another database.
 *
 * @throws AppError CONFIG.URL_MISSING
 */
export function chooseAddress(settings: Settings, application: Application): ChosenAddress {
  if (settings.url !== null) return withoutDirect(givenAddress(settings.url));
  const named = settings.urlVariable;
  if (named !== null)
    return withoutDirect(requireVariable(named, application, 'is named by --url-env or urlEnv'));
  const main = configAddress(application) ?? schemaAddress(application) ?? usualAddress(application);
  if (main === null) throw nothingFound(application);
  const direct = directAddress(application);
  return {
    main: main.address,
    direct: direct.address,
    warnings: [...main.warnings, ...direct.warnings, ...warnUnused(main.address, application)],
  };
}

interface FoundAddress {
  readonly address: Address;
  readonly warnings: readonly string[];
}

function givenAddress(url: string): FoundAddress {
  return { address: { url: url.trim(), origin: 'the url given to openHoldfast' }, warnings: [] };
}

function withoutDirect({ address, warnings }: FoundAddress): ChosenAddress {
  return { main: address, direct: null, warnings };
}

function configAddress(application: Application): FoundAddress | null {
  const { config } = application;
  if (config === null) return null;
  if (config.url !== null) {
    const variable = config.urlVariable === null ? '' : ` (${config.urlVariable})`;
    const origin = `datasource.url in ${config.path}${variable}`;
    return { address: { url: config.url.trim(), origin }, warnings: [] };
  }
  if (config.urlVariable === null) return null;
  return requireVariable(config.urlVariable, application, `is named by ${config.path}`);
}

function schemaAddress(application: Application): FoundAddress | null {
  const { datasource } = application;
  const url = datasource?.url ?? null;
  if (datasource === null || url === null) return null;
  if ('env' in url) return requireVariable(url.env, application, `is named by ${datasource.path}`);
  return { address: { url: url.literal.trim(), origin: `url in ${datasource.path}` }, warnings: [] };
}

function usualAddress(application: Application): FoundAddress | null {
  const variable = application.environment.get(usualVariable);
  return variable === null ? null : fromVariable(variable);
}

function directAddress(application: Application): { address: Address | null; warnings: readonly string[] } {
  const { config, datasource } = application;
  if (config !== null && config.directUrl !== null) {
    const origin = `datasource.directUrl in ${config.path}`;
    return { address: { url: config.directUrl.trim(), origin }, warnings: [] };
  }
  const source: UrlSource | null = datasource?.directUrl ?? null;
  if (datasource === null || source === null) return { address: null, warnings: [] };
  if ('literal' in source) {
    return {
      address: { url: source.literal.trim(), origin: `directUrl in ${datasource.path}` },
      warnings: [],
    };
  }
  const variable = application.environment.get(source.env);
  return variable === null ? { address: null, warnings: [] } : fromVariable(variable);
}

function requireVariable(name: string, application: Application, why: string): FoundAddress {
  const variable = application.environment.get(name);
  if (variable !== null) return fromVariable(variable);
  const state = application.environment.explainMissing(name);
  throw new AppError('CONFIG.URL_MISSING', `Cannot find the database: ${name}, which ${why}, is ${state}`, {
    hint: `Set ${name} in the environment or in .env, or name another variable with --url-env <NAME>`,
  });
}

function fromVariable(variable: Variable): FoundAddress {
  const { name, value, place, origin, overruled } = variable;
  const warning = `${name} has another value in ${overruled}; the one of ${place} is used`;
  return { address: { url: value.trim(), origin }, warnings: overruled === null ? [] : [warning] };
}

/** Says that `DATABASE_URL` is not heard where it clearly means another database. */
function warnUnused(main: Address, application: Application): readonly string[] {
  const usual = application.environment.get(usualVariable);
  if (usual === null || isProxy(usual.value) || isProxy(main.url)) return [];
  if (databaseOf(usual.value) === databaseOf(main.url)) return [];
  return [
    `${usual.origin} means another database than ${main.origin}, which Prisma uses; choose with --url-env ${usualVariable}`,
  ];
}

/** What stays the same when one database is reached through a pooler and directly. */
function databaseOf(url: string): string {
  const text = url.trim();
  const path = URL.canParse(text) ? new URL(text).pathname : text;
  return path.replace(/^\.?\/+/, '');
}

function nothingFound(application: Application): AppError {
  const { config, files, environment } = application;
  const places = [
    `${usualVariable} (${environment.explainMissing(usualVariable)})`,
    config === null ? 'prisma.config.* (not there)' : `${config.path} (no datasource.url)`,
    files.length === 0 ? `${usualSchemaPaths.join(', ')} (not there)` : `${files[0]!.path} (no url)`,
  ];
  return new AppError(
    'CONFIG.URL_MISSING',
    `Cannot find the database of ${application.folder}: looked at ${places.join('; ')}`,
    {
      hint: `Set ${usualVariable} in the environment or in .env, name its variable with --url-env <NAME>, or the application's folder with --app <folder>`,
    },
  );
}
