import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hashFile } from '../../src/util/hash-file.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();

it.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('hashes a whole file', async (content, sha256) => {
  const file = path.join(folder, 'file');
  await writeFile(file, content);
  expect(await hashFile(file)).toBe(sha256);
});

it('passes on that there is no such file', async () => {
  await expect(hashFile(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
