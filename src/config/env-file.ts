import { readFile } from 'node:fs/promises';
import { AppError, describeError, systemCode } from '../errors.ts';

/** A `.env` file: its path for messages, and its values with their references put in. */
export interface EnvFile {
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
}

export interface EnvFileOptions {
  /** The path for messages. */
  readonly shown: string;
  /** What stands before the file's own values when a reference is looked up. */
  readonly lookUp: (name: string) => string | undefined;
}

/**
 * Reads a `.env` file; null when there is none.
 *
 * @throws AppError CONFIG.FILE when it cannot be read
 */
export async function readEnvFile(path: string, options: EnvFileOptions): Promise<EnvFile | null> {
  const text = await readTextFile(path, options.shown);
  if (text === null) return null;
  const { parse } = await import('dotenv');
  const raw = new Map(Object.entries(parse(text.replace(/^\uFEFF/, ''))));
  const lookUp = (name: string): string => options.lookUp(name) ?? raw.get(name) ?? '';
  const values = [...raw].map(([name, value]): [string, string] => [name, expand(value, lookUp, [name])]);
  return { path: options.shown, values: new Map(values) };
}

/**
 * Puts in `${NAME}` as Prisma does. A `$` without braces stays, since it may be part of a password; `\${` stands for
 * itself; a name that refers to itself is empty.
 */
function expand(value: string, lookUp: (name: string) => string, open: readonly string[]): string {
  return value.replace(/(\\?)\$\{([A-Za-z0-9_]*)\}/g, (reference, backslash: string, name: string) => {
    if (backslash !== '') return reference.slice(1);
    return open.includes(name) ? '' : expand(lookUp(name), lookUp, [...open, name]);
  });
}

/** A file's text; null when there is no such file. */
export async function readTextFile(path: string, shown: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return null;
    throw new AppError('CONFIG.FILE', `Cannot read ${shown}: ${describeError(error)}`, {
      hint: `Check the permissions of ${path}`,
      cause: error,
    });
  }
}
