import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describeError } from '../errors.ts';
import { maskUrls } from '../util/mask-url.ts';
import { readTextFile } from './env-file.ts';
import type { Environment } from './environment.ts';
import { type PrismaConfigValues, runPrismaConfig } from './run-prisma-config.ts';

const extensions = ['.js', '.ts', '.mjs', '.cjs', '.mts', '.cts'];

/** The places of Prisma 7, in its order; older versions know some of them. */
const usualConfigPaths: readonly string[] = [
  ...['prisma7.config', '.config/prisma7'].flatMap((base) => extensions.map((end) => base + end)),
  ...['prisma.config', '.config/prisma', '.config/prisma.config'].flatMap((base) => [
    ...extensions.map((end) => base + end),
    ...extensions.map((end) => `${base}/index${end}`),
  ]),
];

export interface PrismaConfig extends PrismaConfigValues {
  /** Relative to the application, for messages. */
  readonly path: string;
  readonly folder: string;
  /** The variable from which its text takes the address; null where that cannot be seen. */
  readonly urlVariable: string | null;
  readonly warnings: readonly string[];
}

export interface PrismaConfigInput {
  readonly appFolder: string;
  /** The file where it was named, else it is looked for. */
  readonly declaredPath: string | null;
  readonly environment: Environment;
}

/**
 * Reads the application's `prisma.config.*`; null when there is none. It is code, so it is run with the application's
 * own Prisma; where that fails (Prisma is often not installed in production) its text is searched for the usual forms,
 * and a warning says so.
 */
export async function readPrismaConfig(input: PrismaConfigInput): Promise<PrismaConfig | null> {
  const configPath = input.declaredPath ?? (await findConfig(input.appFolder));
  if (configPath === null) return null;
  const shown = path.relative(input.appFolder, configPath);
  const text = await readTextFile(configPath, shown);
  const seen = searchText(text ?? '', path.dirname(configPath));
  const base = { path: shown, folder: path.dirname(configPath), urlVariable: seen.urlVariable };
  if (text === null) {
    return { ...base, ...nothing, warnings: [`Cannot read ${shown}: there is no such file`] };
  }
  try {
    return { ...base, ...(await runWithEnvFiles(input, configPath)), warnings: [] };
  } catch (error) {
    const reason = maskUrls(describeError(error)).split('\n')[0];
    return {
      ...base,
      ...nothing,
      schema: seen.schema,
      warnings: [
        `Cannot run ${shown} with the application's Prisma, so its text was read instead: ${reason}`,
      ],
    };
  }
}

const nothing: PrismaConfigValues = { schema: null, url: null, directUrl: null };

async function findConfig(appFolder: string): Promise<string | null> {
  for (const usual of usualConfigPaths) {
    const candidate = path.join(appFolder, usual);
    const found = await stat(candidate).catch(() => null);
    if (found?.isFile() === true) return candidate;
  }
  return null;
}

/**
 * First as Prisma does, with the process environment alone: the code may load `.env` files of its own choice, and the
 * values of ours would hide them. Then with ours, for applications whose runtime loads `.env` before Prisma starts.
 */
async function runWithEnvFiles(input: PrismaConfigInput, configPath: string): Promise<PrismaConfigValues> {
  const { appFolder, environment } = input;
  const run = (withFiles: boolean): Promise<PrismaConfigValues> =>
    runPrismaConfig({ appFolder, configPath, env: environment.toRecord({ withFiles }) });
  if (environment.files().length === 0) return run(false);
  const plain = await run(false).catch(() => null);
  if (plain !== null && plain.url !== null) return plain;
  // What went wrong the first time, other than a missing variable, goes wrong again and is reported then.
  return plain === null ? run(true) : run(true).catch(() => plain);
}

/** The forms in which nearly every `prisma.config.*` names its variable and its schema. */
function searchText(
  text: string,
  folder: string,
): { readonly urlVariable: string | null; readonly schema: string | null } {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/.*$/gm, '$1');
  const datasource = /\bdatasource\s*:\s*\{([\s\S]*?)\}/.exec(code)?.[1] ?? '';
  const url =
    /\burl\s*:\s*(?:env(?:<[^>]*>)?\(\s*['"`](\w+)['"`]|process\.env\.(\w+)|process\.env\[\s*['"`](\w+)['"`])/.exec(
      datasource,
    );
  const schema =
    /\bschema\s*:\s*(?:path\.)?(?:(?:join|resolve)\(\s*(?:__dirname\s*,\s*)?)?((?:['"`][^'"`]+['"`][\s,]*)+)/.exec(
      code,
    );
  const parts = [...(schema?.[1] ?? '').matchAll(/['"`]([^'"`]+)['"`]/g)].map((match) => match[1]!);
  return {
    urlVariable: url?.[1] ?? url?.[2] ?? url?.[3] ?? null,
    schema: parts.length === 0 ? null : path.resolve(folder, ...parts),
  };
}
