import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { openExistingHistory, openHistory } from '../../src/history/open-history.ts';
import type { HistoryRun } from '../../src/ports/history.ts';
import { projectFolder } from '../support/cli.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { anyQuery, makeRun } from './runs.ts';

const root = useTempFolder();
const clock = { now: () => new Date('2026-11-20T10:30:00.000Z') };

let folder: string;
let file: string;
let notes: string[];
beforeEach(() => {
  folder = path.join(root, randomBytes(6).toString('hex'));
  file = path.join(folder, 'history.db');
  notes = [];
});

function options() {
  return { path: file, clock, note: (message: string) => void notes.push(message) };
}

async function add(...runs: readonly HistoryRun[]): Promise<void> {
  const history = await openHistory(options());
  for (const run of runs) await history.save(run);
  await history.close();
}

async function readIds(): Promise<readonly string[]> {
  const history = await openHistory(options());
  try {
    return (await history.runs(anyQuery)).map(({ id }) => id);
  } finally {
    await history.close();
  }
}

describe('a history that is not there', () => {
  it('is made with its folder, for its owner only, without a write-ahead log', async () => {
    await add(makeRun({ id: 'a' }));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const database = new Database(file, { readonly: true });
    expect(database.pragma('journal_mode', { simple: true })).toBe('delete');
    database.close();
    expect(readdirSync(folder)).toEqual(['history.db']);
  });

  it('is not made by looking at it', async () => {
    expect(await openExistingHistory(options())).toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  it('is made once by runs that come at the same time', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    await Promise.all(ids.map((id) => add(makeRun({ id }))));
    expect((await readIds()).toSorted()).toEqual(ids);
    expect(notes).toEqual([]);
  });

  it('is books that Prisma would have written', async () => {
    await add();
    const database = new Database(file, { readonly: true });
    const books = database.prepare('SELECT * FROM _prisma_migrations').all() as Record<string, unknown>[];
    database.close();
    const folderName = '20261120090000_init';
    const sql = readFileSync(path.join(projectFolder, 'prisma/migrations', folderName, 'migration.sql'));
    expect(books).toMatchObject([
      {
        migration_name: folderName,
        checksum: createHash('sha256').update(sql).digest('hex'),
        finished_at: clock.now().getTime(),
        rolled_back_at: null,
        logs: null,
        applied_steps_count: 1,
      },
    ]);
  });
});

describe('a damaged history', () => {
  it.each([
    ['text', () => writeFileSync(file, 'this is no database'.repeat(50))],
    ['random bytes', () => writeFileSync(file, randomBytes(8192))],
    ['half of it', () => writeFileSync(file, readFileSync(file).subarray(0, 10_000))],
    ['zeros in its pages', () => writeFileSync(file, readFileSync(file).fill(0, 4096, 20_480))],
    ['an overwritten list of tables', () => writeFileSync(file, readFileSync(file).fill(0x5a, 100, 4096))],
  ])('is kept under another name and begun anew: %s', async (_what, damage) => {
    await add(makeRun({ id: 'before' }));
    damage();
    const damaged = readFileSync(file);
    await add(makeRun({ id: 'after' }));
    expect(await readIds()).toEqual(['after']);
    const kept = path.join(folder, 'history.db.broken-2026-11-20T10-30-00Z');
    expect(readFileSync(kept).equals(damaged)).toBe(true);
    expect(notes).toEqual([expect.stringContaining(`It is kept as ${kept}, and a new one begins`)]);
  });

  it('never replaces one that was kept before', async () => {
    mkdirSync(folder);
    for (const text of ['first', 'second']) {
      writeFileSync(file, text.repeat(200));
      await add();
    }
    const kept = readdirSync(folder)
      .filter((name) => name.includes('broken'))
      .sort();
    expect(kept).toHaveLength(2);
    expect(kept.map((name) => readFileSync(path.join(folder, name), 'utf8').slice(0, 5))).toEqual([
      'first',
      'secon',
    ]);
  });

  it('leaves no journal that would be played back into the new one', async () => {
    mkdirSync(folder);
    writeFileSync(file, 'x'.repeat(4096));
    writeFileSync(`${file}-journal`, randomBytes(2048));
    await add(makeRun({ id: 'after' }));
    expect(await readIds()).toEqual(['after']);
    expect(readdirSync(folder)).not.toContain('history.db-journal');
  });
});

describe('a file that is something else', () => {
  function makeShop(): Buffer {
    mkdirSync(folder);
    const database = new Database(file);
    database.exec(
      `CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO products VALUES (1, 'Anvil')`,
    );
    database.close();
    return readFileSync(file);
  }

  it('is refused and not touched when it is the database of an application', async () => {
    const before = makeShop();
    await expect(openHistory(options())).rejects.toMatchObject({
      code: 'HISTORY.UNUSABLE',
      message: expect.stringContaining('it is a database of something else, and was not touched'),
    });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['history.db']);
  });

  it('is refused and not moved when it is a damaged database of an application', async () => {
    const damaged = makeShop().fill(0x5a, 100, 4096);
    writeFileSync(file, damaged);
    await expect(openHistory(options())).rejects.toMatchObject({
      code: 'HISTORY.UNUSABLE',
      message: expect.stringContaining('a damaged database of something else'),
    });
    expect(readFileSync(file).equals(damaged)).toBe(true);
    expect(readdirSync(folder)).toEqual(['history.db']);
  });

  it('is refused when a newer version of Holdfast has changed it', async () => {
    await add(makeRun({ id: 'a' }));
    const database = new Database(file);
    database.exec(`INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name)
      VALUES ('x', 'y', 1, '20990101000000_more')`);
    database.close();
    await expect(openHistory(options())).rejects.toThrow('a newer version of Holdfast has changed it');
    expect(readdirSync(folder)).toEqual(['history.db']);
  });

  it('is refused when it is a folder', async () => {
    mkdirSync(file, { recursive: true });
    await expect(openHistory(options())).rejects.toMatchObject({ code: 'HISTORY.UNUSABLE' });
  });
});

it('gets its mode back when others could read it', async () => {
  await add();
  chmodSync(file, 0o644);
  await add();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('says that another program keeps it locked', async () => {
  await add();
  const other = new Database(file);
  other.exec('BEGIN EXCLUSIVE');
  await expect(openHistory(options())).rejects.toThrow('another program keeps it locked');
  other.close();
  expect(readdirSync(folder)).toEqual(['history.db']);
}, 30_000);
