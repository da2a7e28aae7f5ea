import { mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createPrivateFile,
  exists,
  makeFolder,
  PartialFile,
  removeFile,
  removeFileDurably,
  removePartials,
  writeFileAtomically,
} from '../../src/util/atomic-file.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const root = useTempFolder();

function newFolder(): Promise<string> {
  return mkdtemp(path.join(root, 'f-'));
}

async function modeOf(filePath: string): Promise<number> {
  return (await stat(filePath)).mode & 0o777;
}

/** A finished partial file that holds this text. */
async function finished(folder: string, text: string): Promise<PartialFile> {
  const partial = await PartialFile.create(folder);
  await partial.write(Buffer.from(text));
  await partial.finish();
  return partial;
}

describe('PartialFile', () => {
  it('has a temporary name that only its owner can read until it is published', async () => {
    const folder = await newFolder();
    const partial = await finished(folder, 'content');
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^\.holdfast-[0-9a-f]{16}\.partial$/)]);
    expect(await modeOf(partial.path)).toBe(0o600);
    expect(await partial.publish(['a.json'])).toBe('a.json');
    expect(await readdir(folder)).toEqual(['a.json']);
    expect(await readFile(path.join(folder, 'a.json'), 'utf8')).toBe('content');
  });

  it('appends all of what it is given', async () => {
    const folder = await newFolder();
    const partial = await PartialFile.create(folder);
    for (let part = 0; part < 10; part++) await partial.write(Buffer.alloc(1_000_000, part));
    await partial.write(Buffer.alloc(0));
    await partial.finish();
    expect(
      (await readFile(partial.path)).equals(
        Buffer.concat(Array.from({ length: 10 }, (_, part) => Buffer.alloc(1_000_000, part))),
      ),
    ).toBe(true);
    await partial.discard();
  });

  it('takes the first free name and overwrites nothing', async () => {
    const folder = await newFolder();
    await writeFile(path.join(folder, 'a'), 'old');
    await mkdir(path.join(folder, 'b'));
    await symlink(path.join(folder, 'nowhere'), path.join(folder, 'c'));
    const partial = await finished(folder, 'new');
    expect(await partial.publish(['a', 'b', 'c', 'd', 'e'])).toBe('d');
    expect(await readFile(path.join(folder, 'a'), 'utf8')).toBe('old');
    expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says so when every name is taken, and can then be discarded', async () => {
    const folder = await newFolder();
    await writeFile(path.join(folder, 'a'), 'old');
    const partial = await finished(folder, 'new');
    await expect(partial.publish(['a'])).rejects.toThrow('every proposed name is taken');
    await partial.discard();
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('may be discarded at any time, also twice, and after it was published', async () => {
    const folder = await newFolder();
    const open = await PartialFile.create(folder);
    await open.discard();
    await open.discard();
    const published = await finished(folder, 'kept');
    await published.publish(['kept']);
    await published.discard();
    expect(await readdir(folder)).toEqual(['kept']);
  });
});

describe('writeFileAtomically', () => {
  it('writes a file, and replaces it in one step', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'x.json');
    await writeFileAtomically(file, 'žluť');
    await writeFileAtomically(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await modeOf(file)).toBe(0o600);
    expect(await readdir(folder)).toEqual(['x.json']);
  });

  it('leaves nothing behind when it fails', async () => {
    const folder = await newFolder();
    const taken = path.join(folder, 'taken');
    await mkdir(path.join(taken, 'full'), { recursive: true });
    await expect(writeFileAtomically(taken, 'x')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('removing', () => {
  it('takes a missing file for removed', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'x');
    await removeFile(file);
    await removeFileDurably(file);
    await writeFile(file, '');
    await removeFileDurably(file);
    expect(await exists(file)).toBe(false);
  });

  it('passes other failures on', async () => {
    await expect(removeFile(await newFolder())).rejects.toThrow();
  });

  it('removes what dead runs have left, and nothing else', async () => {
    const folder = await newFolder();
    const kept = [
      '.holdfast-0011223344556677.partial.json',
      '.holdfast-x.partial',
      '.holdfast.lock',
      'a.json.gz',
    ];
    for (const name of [...kept, '.holdfast-0011223344556677.partial'])
      await writeFile(path.join(folder, name), '');
    await removePartials(folder);
    expect((await readdir(folder)).sort()).toEqual([...kept].sort());
  });
});

describe('makeFolder', () => {
  it('makes a folder with its parents that only its owner can read, and leaves one that exists', async () => {
    const folder = path.join(await newFolder(), 'a', 'b');
    await makeFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
    await writeFile(path.join(folder, 'x'), '');
    await makeFolder(folder);
    expect(await readdir(folder)).toEqual(['x']);
  });
});

describe('createPrivateFile', () => {
  it('makes an empty file that only its owner can read, and leaves one that exists', async () => {
    const file = path.join(await newFolder(), 'x');
    await createPrivateFile(file);
    expect([await modeOf(file), (await stat(file)).size]).toEqual([0o600, 0]);
    await writeFile(file, 'content');
    await createPrivateFile(file);
    expect(await readFile(file, 'utf8')).toBe('content');
  });
});
