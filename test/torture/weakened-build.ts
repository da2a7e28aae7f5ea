import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';

/** A protection that is taken out of the compiled program. */
export interface Weakening {
  /** The compiled file, such as `host/run-lock.js`. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly from: string;
  readonly to: string;
}

/** The compiled program without some of what protects. */
export interface WeakenedBuild {
  /** Its `bin/holdfast.js`. */
  readonly program: string;
  remove(): void;
}

/**
 * Makes a copy of the compiled program with protections taken out; the project must have been compiled.
 *
 * @throws where a text is not there exactly once: the control would then be none
 */
export function weakenBuild(weakenings: readonly Weakening[]): WeakenedBuild {
  const root = makeTempFolder();
  for (const name of ['bin', 'dist', 'prisma/migrations', 'package.json']) {
    cpSync(path.join(projectFolder, name), path.join(root, name), { recursive: true });
  }
  symlinkSync(path.join(projectFolder, 'node_modules'), path.join(root, 'node_modules'));
  for (const weakening of weakenings) weaken(root, weakening);
  return {
    program: path.join(root, 'bin/holdfast.js'),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function weaken(root: string, { file, from, to }: Weakening): void {
  const target = path.join(root, 'dist', file);
  const parts = readFileSync(target, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is ${parts.length - 1} times in ${file}`);
  writeFileSync(target, parts.join(to));
}
