import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { sqliteEngine } from '../../../src/database/sqlite/engine.ts';
import { digestSqlite, makeSqliteFile, makeTempFolder, sqliteTarget } from '../../support/sqlite.ts';
import { capture, linesOf, open } from './round-trip.ts';

describe('opening', () => {
  it('names a missing file and makes none', async () => {
    const file = path.join(makeTempFolder(), 'missing.db');
    await expect(open(file)).rejects.toMatchObject({
      code: 'DATABASE.NOT_FOUND',
      message: expect.stringContaining(file),
    });
    expect(existsSync(file)).toBe(false);
  });

  it('says where else a missing file was looked for', async () => {
    const file = path.join(makeTempFolder(), 'a.db');
    const target = { ...sqliteTarget(file), candidates: [file, '/srv/prisma/a.db'] };
    await expect(sqliteEngine.open(target, { lockTimeoutMs: 0 })).rejects.toMatchObject({
      hint: expect.stringContaining('/srv/prisma/a.db'),
    });
  });

  it('refuses an empty file and leaves it empty', async () => {
    const file = path.join(makeTempFolder(), 'empty.db');
    writeFileSync(file, '');
    await expect(open(file)).rejects.toMatchObject({ code: 'DATABASE.EMPTY_FILE' });
    expect(statSync(file).size).toBe(0);
  });

  it('refuses a file that is something else', async () => {
    const file = path.join(makeTempFolder(), 'text.db');
    writeFileSync(file, 'This is not a database, however long it is. '.repeat(200));
    await expect(open(file)).rejects.toMatchObject({
      code: 'DATABASE.CORRUPT',
      message: `Cannot open ${file}: it is not a SQLite database`,
    });
  });

  it('refuses a folder', async () => {
    await expect(open(makeTempFolder())).rejects.toMatchObject({
      code: 'DATABASE.UNSUPPORTED',
      message: expect.stringMatching(/it is a folder$/),
    });
  });

  it('makes a missing file when it is told to', async () => {
    const file = path.join(makeTempFolder(), 'new.db');
    const database = await open(file, { create: true });
    const snapshot = await database.openSnapshot({ allSchemas: false });
    expect(snapshot.catalogue.tables).toEqual([]);
    await snapshot.close();
    await database.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('identifies a database by its real path, without connecting', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    const link = path.join(makeTempFolder(), 'link.db');
    symlinkSync(file, link);
    const expected = { provider: 'sqlite', host: null, name: realpathSync(file) };
    expect(sqliteEngine.identify(sqliteTarget(link))).toEqual(expected);
    const database = await open(link);
    expect(database.identity).toEqual(expected);
    expect(database.confirmName).toBe('app.db');
    await database.close();
  });

  it('opens files whose names look like URLs or end with a space', async () => {
    const names = ['a?mode=memory', '100%25#.db', 'file:x.db', 'space .db '];
    for (const name of names) {
      const file = makeSqliteFile('CREATE TABLE t (a); INSERT INTO t VALUES (7)');
      const renamed = path.join(path.dirname(file), name);
      copyFileSync(file, renamed);
      expect(linesOf(await capture(renamed), 't')).toEqual(['[7]']);
    }
  });
});

describe('damaged databases', () => {
  it('are told from good ones when a page is overwritten', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, printf('%.*c', 200, 'x') FROM n`);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 40 * 4096, 41 * 4096);
    writeFileSync(file, bytes);
    await expect(capture(file)).rejects.toMatchObject({
      code: 'DATABASE.CORRUPT',
      message: expect.stringContaining('table t'),
      hint: expect.stringContaining('holdfast restore latest'),
    });
  });

  it('are told from good ones when the file is cut', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, printf('%.*c', 200, 'x') FROM n`);
    writeFileSync(file, readFileSync(file).subarray(0, 50 * 4096));
    await expect(capture(file)).rejects.toMatchObject({ code: 'DATABASE.CORRUPT' });
  });
});

/** Leaves what a killed process leaves: the copy of a database in the middle of a transaction, with its journals. */
function copyInFlight(mode: 'wal' | 'delete', prepare: (database: Database.Database) => void): string {
  const file = makeSqliteFile(
    `PRAGMA journal_mode = ${mode}; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'before')`,
  );
  const database = new Database(file);
  prepare(database);
  const folder = makeTempFolder();
  for (const name of readdirSync(path.dirname(file)))
    copyFileSync(path.join(path.dirname(file), name), path.join(folder, name));
  database.close();
  return path.join(folder, 'app.db');
}

function leaveHotJournal(database: Database.Database): void {
  database.pragma('cache_size = 5');
  database.exec(`BEGIN; UPDATE t SET a = 'torn';
    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i, printf('%.*c', 500, 'x') FROM n`);
}

describe('journals', () => {
  it('of a WAL database are part of it', async () => {
    const file = copyInFlight('wal', (database) => database.exec(`INSERT INTO t VALUES (2, 'in the log')`));
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    expect(linesOf(await capture(file), 't')).toEqual(['[1,"before"]', '[2,"in the log"]']);
  });

  it('that are hot are rolled back', async () => {
    const file = copyInFlight('delete', leaveHotJournal);
    expect(statSync(`${file}-journal`).size).toBeGreaterThan(512);
    expect(linesOf(await capture(file), 't')).toEqual(['[1,"before"]']);
  });

  it.each([
    [
      'the log of a WAL database',
      'wal',
      (database: Database.Database) => database.exec(`INSERT INTO t VALUES (2, 'in the log')`),
      2,
    ],
    ['a WAL database without a log', 'wal', () => undefined, 1],
    ['a hot journal', 'delete', leaveHotJournal, 1],
  ] as const)('are read where nothing may be written: %s', async (_, mode, prepare, rows) => {
    const file = copyInFlight(mode, prepare);
    if (rows === 1 && mode === 'wal') new Database(file).close();
    const result = readAsNobody(file);
    expect(result).toEqual({ rows });
  });
});

/** Reads the file in a process that may read it, but write neither to it nor to its folder. */
function readAsNobody(file: string): unknown {
  for (const name of readdirSync(path.dirname(file)))
    chmodSync(path.join(path.dirname(file), name), name.endsWith('-shm') ? 0o400 : 0o444);
  chmodSync(path.dirname(file), 0o555);
  const script = path.join(import.meta.dirname, 'read-file.ts');
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, file], {
    encoding: 'utf8',
    ...(process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
  });
  return stdout === '' ? stderr : JSON.parse(stdout);
}

describe('permissions', () => {
  it('that are missing are named', () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    chmodSync(path.dirname(file), 0o755);
    chmodSync(file, 0o000);
    const script = path.join(import.meta.dirname, 'read-file.ts');
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', script, file], {
      encoding: 'utf8',
      ...(process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
    });
    expect(JSON.parse(stdout)).toMatchObject({ code: 'DATABASE.PERMISSION' });
  });
});

describe('copyRaw', () => {
  it('copies the file with its journals, private and complete', async () => {
    const file = copyInFlight('wal', (database) => database.exec(`INSERT INTO t VALUES (2, 'in the log')`));
    const folder = makeTempFolder();
    const paths = await sqliteEngine.copyRaw(sqliteTarget(file), { folder, baseName: 'raw.db' });
    expect(paths).toEqual(['raw.db', 'raw.db-wal', 'raw.db-shm'].map((name) => path.join(folder, name)));
    for (const copy of paths!) {
      expect(readFileSync(copy)).toEqual(readFileSync(copy.replace(path.join(folder, 'raw.db'), file)));
      expect(statSync(copy).mode & 0o777).toBe(0o600);
    }
    expect(digestSqlite(paths![0]!)).toEqual(digestSqlite(file));
  });

  it('copies a file that is no database', async () => {
    const file = path.join(makeTempFolder(), 'broken.db');
    writeFileSync(file, 'broken');
    const folder = makeTempFolder();
    expect(await sqliteEngine.copyRaw(sqliteTarget(file), { folder, baseName: 'raw.db' })).toEqual([
      path.join(folder, 'raw.db'),
    ]);
    expect(readFileSync(path.join(folder, 'raw.db'), 'utf8')).toBe('broken');
  });

  it('never overwrites', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    const folder = makeTempFolder();
    mkdirSync(path.join(folder, 'raw.db'));
    await expect(sqliteEngine.copyRaw(sqliteTarget(file), { folder, baseName: 'raw.db' })).rejects.toThrow(
      /taken/,
    );
    expect(readdirSync(folder)).toEqual(['raw.db']);
  });
});
