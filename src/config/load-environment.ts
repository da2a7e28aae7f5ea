import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readEnvFile } from './env-file.ts';
import { Environment } from './environment.ts';
import { findSchema } from './schema-location.ts';

/** The `.env` of the application, and behind it the one beside the schema, as Prisma reads them. */
export async function loadEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  appFolder: string,
  declaredSchema: string | null,
): Promise<Environment> {
  const own = await addEnvFile(new Environment(env), appFolder, appFolder);
  const schema = await findSchema(appFolder, declaredSchema);
  return schema === null ? own : addEnvFile(own, appFolder, await folderOf(schema));
}

/** The environment with the folder's `.env` behind it, unless there is none or it was read before. */
export async function addEnvFile(
  environment: Environment,
  appFolder: string,
  folder: string,
): Promise<Environment> {
  const filePath = path.join(folder, '.env');
  const shown = path.relative(appFolder, filePath);
  if (environment.files().includes(shown)) return environment;
  const file = await readEnvFile(filePath, { shown, lookUp: (name) => environment.get(name)?.value });
  return file === null ? environment : environment.with(file);
}

/** The folder itself, or the folder of a file. */
export async function folderOf(schemaPath: string): Promise<string> {
  const found = await stat(schemaPath).catch(() => null);
  return found?.isDirectory() === true ? schemaPath : path.dirname(schemaPath);
}
