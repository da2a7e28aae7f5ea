import path from 'node:path';
import { scanDatasource } from '../schema/datasource.ts';
import type { Datasource, SchemaFile } from '../schema/prisma-schema.ts';
import type { Environment } from './environment.ts';
import { addEnvFile, folderOf } from './load-environment.ts';
import { type PrismaConfig, readPrismaConfig } from './prisma-config.ts';
import { findContract, findSchema, readSchemaFiles } from './schema-location.ts';
import type { Settings } from './settings.ts';

/** What the application's folder says of its Prisma schema. */
export interface Application {
  readonly folder: string;
  readonly config: PrismaConfig | null;
  /** Paths are relative to the application; empty when there is no schema. */
  readonly files: readonly SchemaFile[];
  readonly datasource: Datasource | null;
  /** With the `.env` beside the schema, also where only `prisma.config.*` says where that is. */
  readonly environment: Environment;
  readonly warnings: readonly string[];
}

const known = new WeakMap<Settings, Promise<Application>>();

/**
 * Reads `prisma.config.*` and the schema; once for each settings value, since the first is a program of the
 * application that takes its time. A missing schema is a warning.
 */
export function readApplication(settings: Settings): Promise<Application> {
  const found = known.get(settings) ?? read(settings);
  known.set(settings, found);
  return found;
}

async function read(settings: Settings): Promise<Application> {
  const { appFolder, environment } = settings;
  const config = await readPrismaConfig({
    appFolder,
    declaredPath: settings.prismaConfigPath,
    environment,
  });
  const schemaPath = await findSchema(appFolder, settings.schemaPath ?? config?.schema ?? null);
  const { files, warnings } =
    schemaPath === null
      ? { files: [], warnings: [await explainNoSchema(appFolder)] }
      : await readSchemaFiles(appFolder, schemaPath);
  return {
    folder: appFolder,
    config,
    files,
    datasource: scanDatasource(files),
    environment:
      schemaPath === null
        ? environment
        : await addEnvFile(environment, appFolder, await folderOf(schemaPath)),
    warnings: [...(config?.warnings ?? []), ...warnings],
  };
}

async function explainNoSchema(appFolder: string): Promise<string> {
  const contract = await findContract(appFolder);
  if (contract !== null) {
    return `${contract} is a contract of Prisma 8, which is not read yet; the backup is complete all the same`;
  }
  return 'No Prisma schema was found, so tables go by their database names; name it with --schema <path>';
}

/** Where the schema's datasource block stands; null when there is none. */
export function schemaFolder(application: Application): string | null {
  const file = application.datasource?.path ?? application.files[0]?.path;
  return file === undefined ? null : path.dirname(path.resolve(application.folder, file));
}
