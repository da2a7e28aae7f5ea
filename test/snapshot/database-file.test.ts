import { hash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import {
  type FileHeader,
  readDatabaseFile,
  readFileHeader,
  writeDatabaseFile,
} from '../../src/snapshot/database-file.ts';
import { databaseFileMark, makeGzipHead } from '../../src/snapshot/gzip-head.ts';
import { sampleHeader } from '../support/snapshots.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();
const content = Buffer.from('SQLite format 3\0'.repeat(300_000));

function headerOf(changes: Partial<FileHeader> = {}): FileHeader {
  return {
    ...sampleHeader(),
    kind: 'file',
    tables: [{ name: 'žluť', model: null, rows: 3 }],
    content: { bytes: content.length, sha256: hash('sha256', content) },
    ...changes,
  };
}

/** A snapshot of the content as the program writes it. */
async function write(header: FileHeader): Promise<{ file: string; bytes: Buffer }> {
  const [source, file] = [path.join(folder, 'app.db'), path.join(folder, 'case.sqlite.gz')];
  await writeFile(source, content);
  const parts: Buffer[] = [];
  await writeDatabaseFile(source, {
    ...{ header, level: 1 },
    sink: async (bytes) => void parts.push(Buffer.from(bytes)),
  });
  const bytes = Buffer.concat(parts);
  await writeFile(file, bytes);
  return { file, bytes };
}

async function contentOf(file: string, header: FileHeader): Promise<Buffer> {
  const parts: Buffer[] = [];
  await readDatabaseFile(file, header, async (bytes) => void parts.push(Buffer.from(bytes)));
  return Buffer.concat(parts);
}

it('gives back the header and the file, which gunzip gives, too', async () => {
  const { file, bytes } = await write(headerOf());
  expect(await readFileHeader(file)).toEqual(headerOf());
  expect((await contentOf(file, headerOf())).equals(content)).toBe(true);
  expect(gunzipSync(bytes).equals(content)).toBe(true);
});

it('reads a description that is longer than one step', async () => {
  const header = headerOf({ description: 'x'.repeat(200_000) });
  const { file } = await write(header);
  expect(await readFileHeader(file)).toEqual(header);
});

it('takes another file for none', async () => {
  const file = path.join(folder, 'other');
  await writeFile(file, gzipSync('x'));
  expect(await readFileHeader(file)).toBeNull();
});

it('says that a file is not there, or cannot be read', async () => {
  const none = path.join(folder, 'none');
  await expect(readFileHeader(none)).rejects.toMatchObject({
    code: 'SNAPSHOT.NOT_FOUND',
    message: `There is no snapshot ${none}`,
  });
  const below = path.join((await write(headerOf())).file, 'below');
  await expect(readFileHeader(below)).rejects.toMatchObject({
    code: 'FOLDER.IO',
    message: expect.stringMatching(`^Cannot read snapshot ${below}: ENOTDIR`) as unknown,
  });
  await expect(readDatabaseFile(none, headerOf(), async () => {})).rejects.toMatchObject({ code: 'ENOENT' });
});

/** The snapshot with a comment of one's own. */
function withComment(bytes: Buffer, text: string): Buffer {
  const body = bytes.subarray(bytes.indexOf('}\0') + 12);
  return Buffer.concat([makeGzipHead(`${databaseFileMark}${hash('sha256', text)} ${text}`), body]);
}

it.each([
  [
    'a head that does not end',
    (bytes: Buffer) => bytes.subarray(0, 200),
    'SNAPSHOT.TRUNCATED',
    'does not end',
  ],
  [
    'a head that ends in its comment',
    (bytes: Buffer) => bytes.subarray(0, bytes.indexOf('}\0') + 4),
    'SNAPSHOT.TRUNCATED',
    'does not end',
  ],
  [
    'another byte in the head',
    (bytes: Buffer) => {
      const changed = Buffer.from(bytes);
      changed[4] = 7;
      return changed;
    },
    'SNAPSHOT.CHECKSUM',
    'the head of the file is damaged',
  ],
  [
    'another byte in the description',
    (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace('"rows":3', '"rows":4'), 'latin1'),
    'SNAPSHOT.CHECKSUM',
    'the description at the head of the file is damaged',
  ],
  [
    'another kind',
    (bytes: Buffer) => withComment(bytes, JSON.stringify({ ...headerOf({ tables: [] }), kind: 'later' })),
    'SNAPSHOT.VERSION',
    'it is of an unknown kind: later',
  ],
])('refuses %s', async (_what, change, code, words) => {
  const { file, bytes } = await write(headerOf());
  await writeFile(file, change(bytes));
  await expect(readFileHeader(file)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(`^Cannot read snapshot ${file}: .*${words}`) as unknown,
  });
});

it.each([
  ['more than is stated', { bytes: 1000, sha256: hash('sha256', content) }, 'SNAPSHOT.CONTENT'],
  ['less', { bytes: content.length + 1, sha256: hash('sha256', content) }, 'SNAPSHOT.CHECKSUM'],
  ['something else', { bytes: content.length, sha256: hash('sha256', 'x') }, 'SNAPSHOT.CHECKSUM'],
])('refuses a file that holds %s', async (_what, stated, code) => {
  const header = headerOf({ content: stated });
  const { file } = await write(header);
  await expect(contentOf(file, header)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(`Cannot read snapshot ${file}: `) as unknown,
  });
});

it.each([
  ['was cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5), 'SNAPSHOT.TRUNCATED'],
  [
    'is damaged',
    (bytes: Buffer) => {
      const changed = Buffer.from(bytes);
      changed[changed.length - 6]! ^= 1;
      return changed;
    },
    'SNAPSHOT.CHECKSUM',
  ],
])('refuses a file that %s', async (_what, change, code) => {
  const { file } = await write(headerOf());
  await writeFile(file, change(await readFile(file)));
  await expect(contentOf(file, headerOf())).rejects.toMatchObject({ code });
});

it('hands on what goes wrong where it is written to, in both directions', async () => {
  const { file } = await write(headerOf());
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const sink = (): Promise<void> => Promise.reject(full);
  await expect(readDatabaseFile(file, headerOf(), sink)).rejects.toBe(full);
  // With content that does not get smaller, so that some is written before all is read.
  const source = path.join(folder, 'random');
  await writeFile(source, randomBytes(8 << 20));
  let pieces = 0;
  const options = {
    ...{ header: headerOf(), level: 1 },
    sink: () => (++pieces > 2 ? sink() : Promise.resolve()),
  };
  await expect(writeDatabaseFile(source, options)).rejects.toBe(full);
});
