import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeSqliteFile, makeTempFolder } from '../../support/sqlite.ts';
import { collect, open, scope } from './round-trip.ts';

const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts another process that works on the file, and waits until it says that it has begun. */
async function startProcess(file: string, script: string): Promise<ChildProcess> {
  const source = `const Database = require('better-sqlite3'); const database = new Database(${JSON.stringify(file)}); ${script}`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  await once(child.stdout!, 'data');
  return child;
}

const moneySchema = (mode: string) => `PRAGMA journal_mode = ${mode};
  CREATE TABLE debit (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL); CREATE TABLE credit (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO debit SELECT i, 100 FROM n;
  INSERT INTO credit SELECT * FROM debit`;

/** Moves money between two tables for ever; each transaction keeps the sum. */
const moveMoney = `process.stdout.write('begun'); const change = (table, by) => database.prepare('UPDATE ' + table + ' SET amount = amount + ? WHERE id = ?').run(by, 1 + Math.floor(Math.random() * 500));
  const move = database.transaction(() => { change('debit', -7); change('credit', 7); });
  (function next() { try { move.immediate(); } catch (error) { if (error.code !== 'SQLITE_BUSY') throw error; } setImmediate(next); })();`;

async function sumOf(file: string): Promise<number> {
  const database = await open(file, { lockTimeoutMs: 10_000 });
  const snapshot = await database.openSnapshot(scope);
  let sum = 0;
  for (const table of snapshot.catalogue.tables) {
    for (const { bytes } of await collect(snapshot.rows(table, { columns: ['amount'] }))) {
      for (const line of bytes.toString().trimEnd().split('\n')) sum += Number(line.slice(1, -1));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await snapshot.close();
  await database.close();
  return sum;
}

describe('a snapshot', () => {
  it.each(['wal', 'delete'])('is one instant while other processes write (journal mode %s)', async (mode) => {
    const file = makeSqliteFile(moneySchema(mode));
    await Promise.all([1, 2].map(() => startProcess(file, moveMoney)));
    for (let round = 0; round < 15; round++) expect(await sumOf(file)).toBe(100_000);
    const database = new Database(file, { readonly: true, timeout: 5000 });
    expect(database.prepare('SELECT count(*) FROM credit WHERE amount <> 100').pluck().get()).toBeGreaterThan(
      0,
    );
    database.close();
  });

  it.each(['wal', 'delete', 'truncate', 'persist'])(
    'does not keep the application from writing (journal mode %s)',
    async (mode) => {
      const file = makeSqliteFile(
        `PRAGMA journal_mode = ${mode}; CREATE TABLE t (a); INSERT INTO t VALUES (1)`,
      );
      const application = new Database(file, { timeout: 0 });
      const database = await open(file);
      const snapshot = await database.openSnapshot(scope);
      application.exec('INSERT INTO t VALUES (2); DROP TABLE IF EXISTS u; CREATE TABLE u (b)');
      const chunks = await collect(snapshot.rows(snapshot.catalogue.tables[0]!));
      expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()).toBe('[1]\n');
      await snapshot.close();
      await snapshot.close();
      await database.close();
      application.close();
    },
  );

  it('can be opened again, and then sees what was written since', async () => {
    const file = makeSqliteFile('PRAGMA journal_mode = wal; CREATE TABLE t (a)');
    const application = new Database(file);
    const database = await open(file);
    await (await database.openSnapshot(scope)).close();
    application.exec('INSERT INTO t VALUES (2)');
    const snapshot = await database.openSnapshot(scope);
    expect(await collect(snapshot.rows(snapshot.catalogue.tables[0]!))).toMatchObject([{ rows: 1 }]);
    await snapshot.close();
    await database.close();
    application.close();
  });

  it('leaves no copy of the database behind', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    const temporary = makeTempFolder();
    vi.stubEnv('TMPDIR', temporary);
    const database = await open(file);
    const snapshot = await database.openSnapshot(scope);
    vi.unstubAllEnvs();
    expect(readdirSync(temporary)).toEqual([]);
    await snapshot.close();
    await database.close();
    expect(readdirSync(path.dirname(file))).toEqual(['app.db']);
  });

  it('reads only the columns that are asked for, in that order', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a, b, c); INSERT INTO t VALUES (1, 2, 3)');
    const database = await open(file);
    const snapshot = await database.openSnapshot(scope);
    const [table] = snapshot.catalogue.tables;
    const [chunk] = await collect(snapshot.rows(table!, { columns: ['c', 'a'] }));
    expect(chunk!.bytes.toString()).toBe('[3,1]\n');
    expect(() => snapshot.rows(table!, { columns: ['d'] })).toThrow(
      'Cannot read table t: it has no column d',
    );
    await snapshot.close();
    await database.close();
  });

  it('gives up on a lock in time and names the process that holds it', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    const child = await startProcess(
      file,
      `database.exec('BEGIN EXCLUSIVE'); process.stdout.write('locked'); setInterval(() => {}, 1000)`,
    );
    const started = performance.now();
    const failure = open(file, { lockTimeoutMs: 300 });
    await expect(failure).rejects.toMatchObject({
      code: 'DATABASE.LOCKED',
      message: expect.stringContaining(`(process ${child.pid})`),
    });
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('waits for a lock that is released in time', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    await startProcess(
      file,
      `database.exec('BEGIN EXCLUSIVE'); process.stdout.write('locked'); setTimeout(() => database.exec('COMMIT'), 300); setInterval(() => {}, 1000)`,
    );
    const database = await open(file, { lockTimeoutMs: 10_000 });
    await (await database.openSnapshot(scope)).close();
    await database.close();
  });

  it('stops with the reason of an abort', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (a);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO t SELECT i FROM n`);
    const controller = new AbortController();
    const database = await open(file, { signal: controller.signal });
    const snapshot = await database.openSnapshot(scope);
    const reason = new Error('stopped by the operator');
    const rows = snapshot.rows(snapshot.catalogue.tables[0]!)[Symbol.asyncIterator]();
    await rows.next();
    controller.abort(reason);
    await expect(rows.next()).rejects.toBe(reason);
    await snapshot.close();
    await expect(database.openSnapshot(scope)).rejects.toBe(reason);
    await database.close();
    await expect(open(file, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('can be left in the middle of a table', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (a INTEGER PRIMARY KEY, b) WITHOUT ROWID; 
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO t SELECT i, 'some text' FROM n`);
    const database = await open(file);
    const snapshot = await database.openSnapshot(scope);
    for await (const { rows } of snapshot.rows(snapshot.catalogue.tables[0]!)) {
      expect(rows).toBeLessThan(100_000);
      break;
    }
    await snapshot.close();
    await database.close();
  });
});
