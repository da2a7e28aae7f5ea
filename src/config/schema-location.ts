import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describeError, systemCode } from '../errors.ts';
import type { SchemaFile } from '../schema/prisma-schema.ts';
import { readTextFile } from './env-file.ts';

/** Where Prisma looks when nothing names the schema, in its order. */
export const usualSchemaPaths: readonly string[] = ['schema.prisma', 'prisma/schema.prisma', 'prisma/schema'];

/** Marks of Prisma 8, whose contract takes the place of the schema. */
const contractPaths: readonly string[] = ['.', 'prisma', 'src/prisma'].flatMap((folder) =>
  ['contract.prisma', 'contract.ts', 'contract.json'].map((name) => path.join(folder, name)),
);

/** The schema's file or folder, absolute. A declared one is taken as it is, whether or not it exists. */
export async function findSchema(appFolder: string, declared: string | null): Promise<string | null> {
  if (declared !== null) return declared;
  const named = await schemaOfPackage(appFolder);
  if (named !== null) return path.resolve(appFolder, named);
  for (const usual of usualSchemaPaths) {
    const candidate = path.join(appFolder, usual);
    const found = await stat(candidate).catch(() => null);
    const isRightKind = usual.endsWith('.prisma') ? found?.isFile() : found?.isDirectory();
    if (isRightKind === true) return candidate;
  }
  return null;
}

/** The contract of a Prisma 8 application, relative; null when there is none. */
export async function findContract(appFolder: string): Promise<string | null> {
  for (const contract of contractPaths) {
    const found = await stat(path.join(appFolder, contract)).catch(() => null);
    if (found?.isFile() === true) return contract;
  }
  return null;
}

/** `prisma.schema` of package.json; null when it is not there, or is not a text. */
async function schemaOfPackage(appFolder: string): Promise<string | null> {
  const text = await readTextFile(path.join(appFolder, 'package.json'), 'package.json');
  const schema = /"prisma"\s*:/.test(text ?? '') ? readSchemaKey(text!) : null;
  return typeof schema === 'string' && schema !== '' ? schema : null;
}

function readSchemaKey(text: string): unknown {
  try {
    const manifest = JSON.parse(text) as { readonly prisma?: { readonly schema?: unknown } } | null;
    return manifest?.prisma?.schema;
  } catch {
    // A package.json that is not JSON names no schema, as for Prisma itself.
    return null;
  }
}

export interface SchemaFiles {
  readonly files: readonly SchemaFile[];
  /** Why there are none, or not all. */
  readonly warnings: readonly string[];
}

/** Reads a schema file, or every `.prisma` file of a schema folder; paths are relative to the application. */
export async function readSchemaFiles(appFolder: string, schemaPath: string): Promise<SchemaFiles> {
  const shown = path.relative(appFolder, schemaPath) || '.';
  try {
    const isFolder = (await stat(schemaPath)).isDirectory();
    const paths = isFolder ? await listSchemaFolder(schemaPath) : [schemaPath];
    const files = await Promise.all(paths.map((file) => readSchemaFile(appFolder, file)));
    return { files, warnings: files.length === 0 ? [`No .prisma file in the schema folder ${shown}`] : [] };
  } catch (error) {
    const reason = systemCode(error) === 'ENOENT' ? 'there is no such file' : describeError(error);
    return { files: [], warnings: [`Cannot read the Prisma schema ${shown}: ${reason}`] };
  }
}

async function listSchemaFolder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.prisma'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

async function readSchemaFile(appFolder: string, file: string): Promise<SchemaFile> {
  const shown = path.relative(appFolder, file);
  return { path: shown, text: (await readTextFile(file, shown)) ?? '' };
}
