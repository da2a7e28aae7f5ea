import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openFolderStore } from '../../../src/storage/folder/store.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import { describeStore } from '../../support/store-contract.ts';
import { someBytes, sourceOf } from '../../support/upload-source.ts';

describeStore('a folder', async () => {
  const folder = makeTempFolder();
  return {
    store: openFolderStore({ name: 'disk', path: folder }),
    largeBytes: 300_000,
    manyObjects: 20,
    async plantForeign() {
      const file = path.join(folder, 'notes.txt');
      writeFileSync(file, 'x');
      mkdirSync(path.join(folder, 'below.json.gz'));
      return async () => existsSync(file);
    },
    close: async () => undefined,
  };
});

it('is out of reach, and never made, when its folder is missing', async () => {
  const folder = path.join(makeTempFolder(), 'not-mounted');
  const store = openFolderStore({ name: 'disk', path: folder });
  const calls = [
    () => store.list(),
    () => store.stat('a.json'),
    () => store.put('a.json', sourceOf(someBytes(10))),
  ];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'STORE.UNREACHABLE' });
  expect(existsSync(folder)).toBe(false);
});

it('removes what a dead run has left half written', async () => {
  const folder = makeTempFolder();
  const left = path.join(folder, '.holdfast-0123456789abcdef.partial');
  writeFileSync(left, 'half');
  await openFolderStore({ name: 'disk', path: folder }).put('a.json', sourceOf(someBytes(10)));
  expect(existsSync(left)).toBe(false);
  rmSync(folder, { recursive: true });
});
