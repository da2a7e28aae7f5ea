import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeTempFolder, removeFolder } from '../../src/util/temp-folder.ts';
import { makeTempFolder as makeCaseFolder } from '../support/sqlite.ts';

let place: string;

beforeEach(() => {
  place = makeCaseFolder();
  vi.stubEnv('TMPDIR', place);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The number of a process that has ended. */
function deadProcess(): number {
  return spawnSync('/bin/true').pid;
}

it('removes the copy of a database that a dead run has left', async () => {
  const own = path.basename(await makeTempFolder());
  const [, space] = /^holdfast-(\d+)-/.exec(own)!;
  const left = path.join(place, `holdfast-${space}-${deadProcess()}-abcdef`);
  mkdirSync(left);
  writeFileSync(path.join(left, 'copy.db'), 'rows');
  await makeTempFolder();
  expect(existsSync(left)).toBe(false);
});

it('leaves the folder of a run that is alive, and one from another space of process numbers', async () => {
  const own = await makeTempFolder();
  const foreign = path.join(place, `holdfast-1-${deadProcess()}-abcdef`);
  const other = path.join(place, 'holdfast-abcdef');
  for (const folder of [foreign, other]) mkdirSync(folder);
  await makeTempFolder();
  expect([own, foreign, other].map((folder) => existsSync(folder))).toEqual([true, true, true]);
  await removeFolder(own);
  expect(existsSync(own)).toBe(false);
});
