import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { sqliteEngine } from '../../../src/database/sqlite/engine.ts';
import type { CheckQuery } from '../../../src/ports/check-query.ts';
import { makeSqliteFile, sqliteTarget } from '../../support/sqlite.ts';

const table = { schema: null, name: 't' };
const count: CheckQuery = { is: 'count', table };
const options = { timeoutMs: 60_000, samples: 3 };

it.each(['wal', 'delete'])('checks one instant and lets others write, with journal mode %s', async (mode) => {
  const file = makeSqliteFile(
    `PRAGMA journal_mode = ${mode}; CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL);
     INSERT INTO t (price) VALUES (0.1), (0.2), ('0.30')`,
  );
  const database = await sqliteEngine.open(sqliteTarget(file), { lockTimeoutMs: 1000 });
  const snapshot = await database.openSnapshot({ allSchemas: false });
  const writer = new Database(file, { timeout: 0 });
  try {
    expect((await snapshot.check(count, options)).count).toBe(3);
    writer.exec('INSERT INTO t (price) VALUES (7)');
    expect((await snapshot.check(count, options)).count).toBe(3);
  } finally {
    writer.close();
    await snapshot.close();
    await database.close();
  }
});

it('lets nobody commit who merely reads without a snapshot of its own: the control', () => {
  const file = makeSqliteFile('PRAGMA journal_mode = delete; CREATE TABLE t (id INTEGER PRIMARY KEY)');
  const [reader, writer] = [new Database(file), new Database(file, { timeout: 0 })];
  reader.exec('BEGIN; SELECT count(*) FROM t');
  expect(() => writer.exec('INSERT INTO t DEFAULT VALUES')).toThrow('database is locked');
  reader.close();
  writer.close();
});

it('shows a statement for the shell of SQLite, without functions of its own', () => {
  const price = { is: 'column', column: 'price', kind: 'decimal' } as const;
  const sql = sqliteEngine.describeCheck({
    is: 'rows',
    table,
    where: {
      is: 'comparison',
      operator: '=',
      left: { is: 'arithmetic', operator: '+', left: price, right: price },
      right: { is: 'constant', kind: 'decimal', value: '0.6' },
      tolerance: null,
    },
    show: [{ label: 'id', value: { is: 'column', column: 'id', kind: 'integer' } }],
  });
  expect(sql).not.toContain('hf_');
  const file = makeSqliteFile(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL); INSERT INTO t VALUES (4, 0.3)',
  );
  const plain = new Database(file);
  expect(plain.prepare(sql).all()).toEqual([{ id: 4 }]);
  plain.close();
});
