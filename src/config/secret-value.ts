import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { describeError } from '../errors.ts';
import { isOpenToOthers } from '../util/file-mode.ts';
import type { Environment } from './environment.ts';

/** A secret is never written into the settings file: a variable, or a file that only its owner can read, holds it. */
export const secretShape = z.union(
  [z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) }), z.strictObject({ file: z.string().min(1) })],
  {
    error:
      'it is a secret, so it is not written here: { "env": "NAME" } or { "file": "path" } says where it is',
  },
);

export type SecretPlace = z.infer<typeof secretShape>;

/** What is wrong with the place of a secret. Its message never holds a secret. */
export class SecretProblem extends Error {}

export interface SecretContext {
  readonly environment: Environment;
  /** Relative paths start from here. */
  readonly folder: string;
}

/** @throws SecretProblem */
export function readSecret(name: string, place: SecretPlace, { environment, folder }: SecretContext): string {
  if ('file' in place) return readSecretFile(name, path.resolve(folder, place.file));
  const variable = environment.get(place.env);
  if (variable !== null) return variable.value.trim();
  throw new SecretProblem(
    `${name} is named by ${place.env}, which is ${environment.explainMissing(place.env)}`,
  );
}

function readSecretFile(name: string, file: string): string {
  try {
    const { mode } = statSync(file);
    if (isOpenToOthers(mode)) {
      throw new SecretProblem(
        `${name}: others than its owner can read ${file}, so it is not used; chmod 600 ${file}`,
      );
    }
    const text = readFileSync(file, 'utf8').trim();
    if (text !== '') return text;
  } catch (error) {
    if (error instanceof SecretProblem) throw error;
    throw new SecretProblem(`${name} cannot be read: ${describeError(error)}`);
  }
  throw new SecretProblem(`${name}: ${file} is empty`);
}
