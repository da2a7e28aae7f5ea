import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { sqliteEngine } from '../../src/database/sqlite/engine.ts';
import { mustRun } from '../e2e/rigs/rig.ts';
import { openSqliteRig } from '../e2e/rigs/sqlite-rig.ts';
import { documentOf, errorOf } from '../support/cli.ts';
import { digestSqlite, sqliteTarget } from '../support/sqlite.ts';

const shop = [
  'CREATE TABLE product (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, price REAL)',
  'CREATE TABLE note (body)',
  'CREATE VIEW cheap AS SELECT * FROM product WHERE price < 1',
  'CREATE TRIGGER noted AFTER DELETE ON product BEGIN INSERT INTO note VALUES (old.name); END',
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
   INSERT INTO product (name, price) SELECT 'p' || i, i / 7.0 FROM n`,
  `INSERT INTO note VALUES (x'00ff'), (9223372036854775807), (-0.0), (CAST(x'ff' AS TEXT))`,
];
const consent = ['--confirm', 'app.db', '--json'];

type Rig = ReturnType<typeof openSqliteRig>;

async function openShop(options: { readonly wal?: boolean } = {}): Promise<Rig> {
  const rig = openSqliteRig(options);
  await rig.execute(...shop);
  return rig;
}

async function saveFile(rig: Rig): Promise<string> {
  const { snapshot } = documentOf(await mustRun(rig, 'backup', '--format', 'sqlite', '--json')) as {
    snapshot: { path: string };
  };
  return snapshot.path;
}

function contentOf(file: string): Buffer {
  return execFileSync('gunzip', ['-c', file], { maxBuffer: 1 << 28 });
}

describe.each([{ wal: false }, { wal: true }])('a whole SQLite file, WAL $wal', ({ wal }) => {
  it('is saved with views and triggers, and gunzip gives it', async () => {
    const rig = await openShop({ wal });
    const file = await saveFile(rig);
    execFileSync('gzip', ['-t', file]);
    const copy = path.join(rig.folder, 'copy.db');
    writeFileSync(copy, contentOf(file));
    expect(digestSqlite(copy)).toEqual(await rig.digest());
    expect(documentOf(await mustRun(rig, 'list', '--json'))).toMatchObject({ snapshots: [{ rows: 504 }] });
    expect(documentOf(await mustRun(rig, 'validate', 'backup', 'latest', '--json'))).toMatchObject({
      ok: true,
    });
    expect(documentOf(await mustRun(rig, 'show', 'latest', '--json'))).toMatchObject({
      header: { kind: 'file' },
      tables: [
        { name: 'note', rows: 4 },
        { name: 'product', rows: 500 },
      ],
    });
    const shown = documentOf(
      await mustRun(rig, 'show', 'latest', '--rows', 'product', '--limit', '1', '--json'),
    );
    expect(shown).toMatchObject({ rows: [[1, 'p1', 1 / 7]] });
  });

  it('comes back beside open connections, and undo takes that back', async () => {
    const rig = await openShop({ wal });
    const original = await rig.digest();
    await saveFile(rig);
    const open = new Database(rig.file);
    try {
      expect(open.prepare('SELECT count(*) FROM product').pluck().get()).toBe(500);
      await rig.execute(
        'DELETE FROM product WHERE id <= 100',
        'DROP VIEW cheap',
        'CREATE TABLE extra (x)',
        'INSERT INTO extra VALUES (1), (2)',
      );
      const damaged = await rig.digest();
      const dry = documentOf(await mustRun(rig, 'restore', 'latest', '--dry-run', '--json'));
      const tables = [
        { name: 'note', insert: 0, delete: 100, unchanged: 4 },
        { name: 'product', insert: 100, delete: 0, unchanged: 400 },
        { name: 'extra', insert: 0, delete: 2, unchanged: 0 },
      ];
      expect(dry).toMatchObject({ ok: true, tables });
      expect(await rig.digest()).toEqual(damaged);

      expect(documentOf(await mustRun(rig, 'restore', 'latest', ...consent))).toMatchObject({ tables });
      expect(open.prepare('SELECT count(*) FROM product').pluck().get()).toBe(500);
      expect(await rig.digest()).toEqual(original);
      expect(open.pragma('journal_mode', { simple: true })).toBe(wal ? 'wal' : 'delete');

      await mustRun(rig, 'undo', ...consent);
      expect(await rig.digest()).toEqual(damaged);
      await mustRun(rig, 'undo', ...consent);
      expect(await rig.digest()).toEqual(damaged);
    } finally {
      open.close();
    }
  });

  it('is one state while others write, before and after', { timeout: 120_000 }, async () => {
    const rig = openSqliteRig({ wal });
    await rig.execute(
      'CREATE TABLE a (n INTEGER)',
      'CREATE TABLE b (n INTEGER)',
      'INSERT INTO a VALUES (1000)',
      'INSERT INTO b VALUES (0)',
    );
    const stop = await startWriter(rig.file);
    try {
      const sums: number[] = [];
      for (let round = 0; round < 3; round++) {
        writeFileSync(path.join(rig.folder, 'copy.db'), contentOf(await saveFile(rig)));
        const copy = new Database(path.join(rig.folder, 'copy.db'));
        sums.push(copy.prepare<[], number>('SELECT (SELECT n FROM a) + (SELECT n FROM b)').pluck().get()!);
        copy.close();
      }
      expect(sums).toEqual([1000, 1000, 1000]);
      // Written to between the safety snapshot and the lock, it is refused; nothing is lost either way.
      const restored = await rig.run('restore', 'latest', ...consent);
      if (restored.exitCode !== 0) expect(errorOf(restored).code).toBe('DATABASE.CHANGED');
    } finally {
      await stop();
    }
    expect(await rig.ask('SELECT (SELECT n FROM a) + (SELECT n FROM b)')).toBe('1000');
    // The control: two tables read one after the other, with a transfer between them.
    const naive = new Database(rig.file);
    const first = naive.prepare<[], number>('SELECT n FROM a').pluck().get()!;
    naive.exec('UPDATE a SET n = n - 1; UPDATE b SET n = n + 1');
    expect(first + naive.prepare<[], number>('SELECT n FROM b').pluck().get()!).toBe(1001);
    naive.close();
  });

  it('waits for a lock, and says who holds it; nothing is changed', async () => {
    const rig = await openShop({ wal });
    await saveFile(rig);
    await rig.execute('DELETE FROM product');
    const damaged = await rig.digest();
    const other = new Database(rig.file);
    try {
      other.exec('BEGIN IMMEDIATE');
      const refused = await rig.run('restore', 'latest', ...consent, '--lock-timeout', '300ms');
      expect(refused.exitCode).toBe(2);
      expect(errorOf(refused).code).toBe('DATABASE.LOCKED');
      // The control: the driver alone reports success, having copied nothing.
      const pages = new Database(path.join(rig.folder, 'pages.db'));
      expect(await pages.backup(rig.file)).toEqual({ totalPages: 0, remainingPages: 0 });
      pages.close();
      other.exec('ROLLBACK');
    } finally {
      other.close();
    }
    expect(await rig.digest()).toEqual(damaged);
  });
});

describe.each([{ wal: false }, { wal: true }])('the instant of a copy, WAL $wal', ({ wal }) => {
  it('tells that the database was written to since; without it the pages are replaced', async () => {
    const rig = await openShop({ wal });
    const database = await sqliteEngine.open(sqliteTarget(rig.file), { lockTimeoutMs: 1000 });
    try {
      const copy = await database.file!.copy();
      await rig.execute(`INSERT INTO note VALUES ('meanwhile')`);
      const written = await rig.digest();
      await expect(database.file!.replace(copy.path, copy.instant)).rejects.toMatchObject({
        code: 'DATABASE.CHANGED',
      });
      expect(await rig.digest()).toEqual(written);
      await database.file!.replace(copy.path, null);
      expect(await rig.ask('SELECT count(*) FROM note')).toBe('4');
      await copy.remove();
    } finally {
      await database.close();
    }
  });
});

/** Another process that moves money from a to b, one transaction after the other. */
async function startWriter(file: string): Promise<() => Promise<void>> {
  const script = `
    const db = new (require('better-sqlite3'))(process.argv[1], { timeout: 20000 });
    const move = db.transaction(() => { db.exec('UPDATE a SET n = n - 1'); db.exec('UPDATE b SET n = n + 1'); });
    let isEnded = false;
    process.on('SIGTERM', () => { isEnded = true; });
    process.stdout.write('ready');
    (function next() { if (isEnded) return db.close(); move(); setTimeout(next, 3); })();`;
  const child = spawn(process.execPath, ['-e', script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'close');
  };
}

describe('what a whole file is refused for', () => {
  it('is not restored where the page sizes differ in WAL mode', async () => {
    const rig = openSqliteRig({ wal: false });
    await rig.execute('CREATE TABLE a (n)', 'INSERT INTO a VALUES (1)');
    const database = new Database(rig.file);
    database.pragma('page_size = 8192');
    database.exec('VACUUM');
    database.close();
    await saveFile(rig);
    rmSync(rig.file);
    const live = new Database(rig.file);
    live.pragma('journal_mode = WAL');
    live.exec('CREATE TABLE a (n); INSERT INTO a VALUES (2)');
    live.close();
    const refused = await rig.run('restore', 'latest', ...consent);
    expect(errorOf(refused)).toMatchObject({ code: 'RESTORE.FILE' });
    expect(await rig.ask('SELECT n FROM a')).toBe('2');
    await expect(rig.execute('PRAGMA user_version = 1')).resolves.toBeUndefined();
  });

  it('is damaged in every place: found by validate, and not restored', async () => {
    const rig = await openShop();
    const file = await saveFile(rig);
    const before = await rig.digest();
    const good = readFileSync(file);
    for (const at of [2, 30, 400, Math.floor(good.length / 2), good.length - 3]) {
      const bad = Buffer.from(good);
      bad[at] = bad[at]! ^ 0x10;
      writeFileSync(file, bad);
      const found = await rig.run('validate', 'backup', file, '--json');
      expect(found.exitCode).toBe(4);
      expect(documentOf(found)).toMatchObject({ ok: false });
      const refused = await rig.run('restore', file, ...consent);
      expect(refused.exitCode).toBe(2);
    }
    writeFileSync(file, good.subarray(0, good.length - 100));
    expect(errorOf(await rig.run('restore', file, ...consent)).code).toBe('SNAPSHOT.TRUNCATED');
    expect(await rig.digest()).toEqual(before);
  });

  it('says what only rows can do, and what only files can', async () => {
    const rig = await openShop();
    expect(errorOf(await rig.run('backup', '--format', 'sqlite', '--only', 'note', '--json')).code).toBe(
      'USAGE',
    );
    await saveFile(rig);
    expect(errorOf(await rig.run('restore', 'latest', '--only', 'note', ...consent)).code).toBe('USAGE');
    expect(errorOf(await rig.run('restore', 'latest', '--on-conflict', 'skip', ...consent)).code).toBe(
      'USAGE',
    );
    expect(errorOf(await rig.run('export', 'latest', '--format', 'csv', '--json')).code).toBe(
      'SNAPSHOT.KIND',
    );
    const unasked = await rig.run('restore', 'latest', '--json');
    expect([unasked.exitCode, errorOf(unasked).code]).toEqual([3, 'RESTORE.CONSENT']);
  });
});

describe('a whole file among other snapshots', () => {
  it('gets its lost sidecar back, is pinned, served as a tier, and deleted', async () => {
    const rig = await openShop();
    await mustRun(rig, 'backup', '--tier', 'daily', '--format', 'sqlite');
    const folder = path.join(rig.folder, 'backups');
    const file = readdirSync(folder).find((name) => /^daily-backup-.*\.sqlite\.gz$/.test(name))!;
    rmSync(path.join(folder, `${file}.meta.json`));
    expect(documentOf(await mustRun(rig, 'list', '--json'))).toMatchObject({
      snapshots: [{ tier: 'daily', rows: 504, verified: null }],
    });
    await mustRun(rig, 'validate', 'backup', 'latest');
    await mustRun(rig, 'pin', 'latest');
    expect(documentOf(await mustRun(rig, 'list', '--json'))).toMatchObject({ snapshots: [{ pinned: true }] });
    expect(documentOf(await mustRun(rig, 'backup', '--tier', 'daily', '--json'))).toMatchObject({
      snapshot: null,
    });
    await mustRun(rig, 'unpin', 'latest');
    await mustRun(rig, 'backup');
    const name = file.replace('.sqlite.gz', '');
    await mustRun(rig, 'delete', name, '--confirm', name);
    expect(readdirSync(folder).filter((one) => one.startsWith(name))).toEqual([]);
  });

  it('makes a database that is not there any more', async () => {
    const rig = await openShop();
    const original = await rig.digest();
    await saveFile(rig);
    rmSync(rig.file);
    expect(errorOf(await rig.run('restore', 'latest', '--json')).code).toBe('DATABASE.NOT_FOUND');
    await mustRun(rig, 'restore', 'latest', '--create-schema');
    expect(await rig.digest()).toEqual(original);
  });
});
