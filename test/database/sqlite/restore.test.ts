import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type {
  Database as OpenDatabase,
  RestoreRequest,
  RestoreTransaction,
} from '../../../src/ports/database.ts';
import { digestSqlite, makeSqliteFile, makeTempFolder } from '../../support/sqlite.ts';
import {
  capture,
  chunkOf,
  collect,
  copyThroughSnapshot,
  fill,
  open,
  requestFor,
  restoreInto,
  sourceOf,
  tableOf,
} from './round-trip.ts';

const shop = `
  CREATE TABLE product (id INTEGER PRIMARY KEY AUTOINCREMENT, sku TEXT NOT NULL, price DECIMAL, parent INTEGER REFERENCES product(id));
  CREATE UNIQUE INDEX product_sku ON product(sku); CREATE INDEX product_price ON product(price); CREATE INDEX cheap ON product(price) WHERE price < 5;
  CREATE TABLE line (product INTEGER NOT NULL REFERENCES product(id) ON DELETE CASCADE, place TEXT NOT NULL, note TEXT, PRIMARY KEY (product, place));
  CREATE TABLE audit (what TEXT);
  CREATE TRIGGER product_added AFTER INSERT ON product BEGIN INSERT INTO audit VALUES ('added ' || new.sku); END;
  CREATE TRIGGER product_gone AFTER DELETE ON product BEGIN INSERT INTO audit VALUES ('gone ' || old.sku); END;
  CREATE TRIGGER line_upper AFTER INSERT ON line BEGIN UPDATE line SET note = upper(note) WHERE rowid = new.rowid; END;
  INSERT INTO product (sku, price, parent) VALUES ('a', 1.5, NULL), ('b', 2, 1), ('c', NULL, 2);
  INSERT INTO line VALUES (1, 'x', 'Note'), (2, 'y', NULL);
  DELETE FROM product WHERE sku = 'c'; ANALYZE`;

function run(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

function ask(file: string, sql: string): unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    return database.prepare<[], unknown>(sql).pluck().all();
  } finally {
    database.close();
  }
}

/** Runs `work` in the transaction of a restore, which is taken back at the end unless `work` commits it. */
async function inRestore<T>(
  file: string,
  work: (transaction: RestoreTransaction) => Promise<T>,
  more: Partial<RestoreRequest> = {},
): Promise<T> {
  const { catalogue } = await capture(file);
  const database: OpenDatabase = await open(file);
  try {
    const transaction = await database.openRestore(requestFor(catalogue.tables, more));
    try {
      return await work(transaction);
    } finally {
      await transaction.rollback();
      await transaction.rollback();
    }
  } finally {
    await database.close();
  }
}

describe('a restore', () => {
  it('brings everything back: rows, counters, triggers, indexes and statistics', async () => {
    const file = makeSqliteFile(shop);
    const [before, captured] = [digestSqlite(file), await capture(file)];
    const statistics = () =>
      ask(file, `SELECT tbl || coalesce(idx, '') || stat FROM sqlite_stat1 ORDER BY 1`);
    const statisticsBefore = statistics();
    run(
      file,
      `UPDATE product SET price = 9; DELETE FROM line; INSERT INTO product (sku) VALUES ('d'); DELETE FROM audit`,
    );
    expect(digestSqlite(file)).not.toEqual(before);
    await restoreInto(file, captured);
    expect(digestSqlite(file)).toEqual(before);
    expect(statistics()).toEqual(statisticsBefore);
    expect(ask(file, 'PRAGMA integrity_check')).toEqual(['ok']);
    run(file, `INSERT INTO product (sku) VALUES ('next')`);
    expect(ask(file, `SELECT id FROM product WHERE sku = 'next'`)).toEqual([4]);
    expect(ask(file, `SELECT what FROM audit WHERE what LIKE '%next'`)).toEqual(['added next']);
  });

  it('makes a new database with the stored definition', async () => {
    const file = makeSqliteFile(shop);
    const { ['table sqlite_stat1 statement']: _, ...expected } = digestSqlite(file);
    expect(Object.entries(expected).filter(([name]) => !name.includes('sqlite_stat'))).toEqual(
      Object.entries(digestSqlite(await copyThroughSnapshot(file))),
    );
  });

  it.each(['wal', 'delete'])('keeps the journal mode and open connections working (%s)', async (mode) => {
    const file = makeSqliteFile(`PRAGMA journal_mode = ${mode}; ${shop}`);
    const captured = await capture(file);
    const application = new Database(file);
    const count = application.prepare<[], number>('SELECT count(*) FROM product').pluck();
    application.exec(`DELETE FROM line; DELETE FROM product`);
    expect(count.get()).toBe(0);
    await restoreInto(file, captured);
    expect(count.get()).toBe(2);
    application.exec(`INSERT INTO product (sku) VALUES ('after')`);
    expect(application.pragma('journal_mode', { simple: true })).toBe(mode);
    application.close();
  });

  it('is not seen by others before its commit, and leaves no trace when it is rolled back', async () => {
    const file = makeSqliteFile(shop);
    const [before, captured] = [digestSqlite(file), await capture(file)];
    await inRestore(file, async (transaction) => {
      await transaction.clear(captured.catalogue.tables);
      expect(await transaction.countRows({ schema: null, name: 'product' })).toBe(0);
      expect(ask(file, 'SELECT count(*) FROM product')).toEqual([2]);
      await fill(transaction, captured);
    });
    expect(digestSqlite(file)).toEqual(before);
  });

  it('leaves a database as it was when its process is killed', async () => {
    const file = makeSqliteFile(shop);
    const before = digestSqlite(file);
    const script = path.join(import.meta.dirname, 'killed-restore.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(digestSqlite(file)).toEqual(before);
    await restoreInto(file, await capture(file));
    expect(digestSqlite(file)).toEqual(before);
  });

  it('is refused while another process writes, which it names', async () => {
    const file = makeSqliteFile(shop);
    const source = `const d = new (require('better-sqlite3'))(${JSON.stringify(file)}); d.exec('BEGIN IMMEDIATE'); process.stdout.write('locked'); setInterval(() => {}, 1000)`;
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    const database = await open(file, { lockTimeoutMs: 100 });
    await expect(database.openRestore(requestFor([]))).rejects.toMatchObject({
      code: 'DATABASE.LOCKED',
      hint: expect.stringContaining(`(process ${child.pid})`),
    });
    await database.close();
    child.kill('SIGKILL');
  });

  it('stops with the reason of an abort, everything taken back', async () => {
    const file = makeSqliteFile(shop);
    const before = digestSqlite(file);
    const controller = new AbortController();
    const database = await open(file, { signal: controller.signal });
    const captured = await capture(file);
    const transaction = await database.openRestore(requestFor(captured.catalogue.tables));
    await transaction.clear(captured.catalogue.tables);
    const reason = new Error('stopped by the operator');
    controller.abort(reason);
    await expect(transaction.countRows({ schema: null, name: 'product' })).rejects.toBe(reason);
    expect(digestSqlite(file)).toEqual(before);
    await transaction.rollback();
    await database.close();
  });

  it('refuses tables that the database does not have', async () => {
    const database = await open(makeSqliteFile(shop));
    await expect(database.openRestore(requestFor([{ schema: null, name: 'nowhere' }]))).rejects.toMatchObject(
      { code: 'SNAPSHOT.TABLE' },
    );
    await database.close();
  });

  it('fills full-text indexes again', async () => {
    const file = makeSqliteFile(`CREATE TABLE post (id INTEGER PRIMARY KEY, body TEXT); 
      CREATE VIRTUAL TABLE search USING fts5(body, content='post', content_rowid='id'); CREATE VIRTUAL TABLE notes USING fts5(body);
      CREATE TRIGGER post_added AFTER INSERT ON post BEGIN INSERT INTO search (rowid, body) VALUES (new.id, new.body); END;
      CREATE TRIGGER post_noted AFTER INSERT ON post BEGIN INSERT INTO notes (rowid, body) VALUES (new.id, new.body); END;
      INSERT INTO post (body) VALUES ('apple'), ('pear')`);
    const captured = await capture(file);
    run(
      file,
      `DELETE FROM post; DELETE FROM notes; INSERT INTO search (search) VALUES ('rebuild'); INSERT INTO post VALUES (1, 'plum')`,
    );
    const sentences = await inRestore(file, async (transaction) => {
      await fill(transaction, captured);
      return transaction.commit();
    });
    expect(ask(file, `SELECT rowid FROM search WHERE search MATCH 'pear'`)).toEqual([2]);
    expect(ask(file, `SELECT rowid FROM search WHERE search MATCH 'plum'`)).toEqual([]);
    expect(sentences).toEqual([
      'Virtual table notes was not restored, and its triggers did not run: fill it again',
    ]);
  });

  it('puts back triggers that hold strings in double quotes', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END');
    const database = new Database(file).unsafeMode(true);
    database.pragma('writable_schema = ON');
    const trigger = 'CREATE TRIGGER r AFTER INSERT ON t WHEN new.a = "x" BEGIN UPDATE t SET a = "y"; END';
    database.prepare(`UPDATE sqlite_master SET sql = ? WHERE name = 'r'`).run(trigger);
    database.close();
    const before = digestSqlite(file);
    await restoreInto(file, await capture(file));
    expect(digestSqlite(file)).toEqual(before);
  });
});

describe('createSchema', () => {
  const create = async (sql: string) => {
    const file = path.join(makeTempFolder(), 'new.db');
    const database = await open(file, { create: true });
    try {
      const transaction = await database.openRestore(
        requestFor([], { createSchema: [{ kind: 'table', name: 't', sql }] }),
      );
      await transaction.commit();
    } finally {
      await database.close();
    }
    return file;
  };

  it('takes strings in double quotes', async () => {
    const file = await create(`CREATE TABLE t (a CHECK (a IN ("it's", "b")), b DEFAULT "c")`);
    run(file, `INSERT INTO t (a) VALUES ('it''s')`);
    expect(() => run(file, `INSERT INTO t (a) VALUES ('x')`)).toThrow(/CHECK/);
    expect(ask(file, 'SELECT b FROM t')).toEqual(['c']);
  });

  it.each([
    ['more than one statement', 'CREATE TABLE t (a); COMMIT'],
    ['anything but CREATE', 'PRAGMA user_version = 5'],
    ['nonsense', 'CREATE TABLE t (a'],
  ])('refuses %s', async (_, sql) => {
    await expect(create(sql)).rejects.toMatchObject({
      code: 'RESTORE.SCHEMA',
      message: expect.stringMatching(/^Cannot create table t: /),
    });
  });

  it('refuses a table that exists already', async () => {
    const database = await open(makeSqliteFile('CREATE TABLE t (a)'));
    const request = requestFor([], {
      createSchema: [{ kind: 'table', name: 't', sql: 'CREATE TABLE t (a)' }],
    });
    await expect(database.openRestore(request)).rejects.toMatchObject({ code: 'RESTORE.SCHEMA' });
    await database.close();
  });
});

describe('insertRows', () => {
  const insert = (file: string, lines: string[], columns?: string[]) =>
    inRestore(file, async (transaction) => {
      const table = tableOf(transaction, 't');
      return transaction.insertRows(
        table,
        columns ?? table.columns.map(({ name }) => name),
        sourceOf([chunkOf(...lines)]),
      );
    });

  it.each([
    ['a primary key', 'id INTEGER PRIMARY KEY, a', 'row 2 (id 7)', /UNIQUE constraint failed: t.id/],
    ['NOT NULL', 'id INTEGER PRIMARY KEY, a NOT NULL', 'row 3 (id 8)', /NOT NULL constraint failed: t.a/],
    ['a CHECK', 'id INTEGER, a CHECK (a IS NOT NULL)', 'row 3', /CHECK constraint failed/],
    ['a STRICT type', 'id INTEGER NOT NULL, a INTEGER, UNIQUE (id, a)', 'row 1', /./],
  ])('names the row that breaks %s', async (_, columns, row, reason) => {
    const strict = columns.includes('UNIQUE (id, a)');
    const file = makeSqliteFile(`CREATE TABLE t (${columns}) ${strict ? 'STRICT' : ''}`);
    const before = digestSqlite(file);
    const failure = insert(file, [
      '[7,"x"]',
      columns.startsWith('id INTEGER PRIMARY') ? '[7,"y"]' : '[6,"y"]',
      '[8,null]',
    ]).catch((error: unknown) => error);
    if (row === 'row 3 (id 8)') {
      await failure;
      await expect(insert(file, ['[7,"x"]', '[6,"y"]', '[8,null]'])).rejects.toMatchObject({
        code: 'RESTORE.ROW',
        message: expect.stringContaining(`${row} of table t`),
      });
      return;
    }
    expect(await failure).toMatchObject({ code: 'RESTORE.ROW', message: expect.stringMatching(reason) });
    expect(await failure).toMatchObject({
      message: expect.stringContaining(`Cannot restore ${row} of table t`),
    });
    expect(digestSqlite(file)).toEqual(before);
  });

  it('names the unique index that an empty table cannot have with its new rows', async () => {
    const file = makeSqliteFile(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE UNIQUE INDEX by_a ON t(a)',
    );
    await expect(insert(file, ['[1,"x"]', '[2,"x"]'])).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: expect.stringContaining('by_a'),
    });
  });

  it('names the row that breaks a unique index of a table with rows', async () => {
    const file = makeSqliteFile(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE UNIQUE INDEX by_a ON t(a); INSERT INTO t VALUES (1, 'x')`,
    );
    await expect(insert(file, ['[2,"y"]', '[3,"x"]'])).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: expect.stringContaining('row 2 (id 3) of table t: UNIQUE constraint failed: t.a'),
    });
  });

  it.each([
    ['a cell too many', '[1,2,3]'],
    ['a cell too few', '[1]'],
    ['white space', '[1, 2]'],
    ['true', '[1,true]'],
    ['an unsafe integer', '[1,9007199254740992]'],
    ['a negative zero without a point', '[1,-0]'],
    ['a negative zero with a point', '[1,-0.0]'],
    ['an integer beyond 64 bits', '[1,{"i":"9223372036854775808"}]'],
    ['a leading zero', '[1,01]'],
    ['a number out of range', '[1,1e999]'],
    ['two points', '[1,1.2.3]'],
    ['an unknown tag', '[1,{"x":"00"}]'],
    ['half a byte', '[1,{"b":"0"}]'],
    ['a blob that is not hex', '[1,{"b":"zz"}]'],
    ['a big integer that is none', '[1,{"i":"1x"}]'],
    ['an unknown special real', '[1,{"r":"NaN"}]'],
    ['an escape that JSON does not know', String.raw`[1,"\x41"]`],
    ['half a surrogate pair', String.raw`[1,"\ud800"]`],
    ['an object', '[1,{"b":"00","c":"00"}]'],
    ['an array', '[1,[2]]'],
    ['nul', '[1,nul]'],
  ])('refuses a line with %s', async (_, line) => {
    const file = makeSqliteFile('CREATE TABLE t (a, b)');
    await expect(insert(file, ['[1,2]', line])).rejects.toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  it('refuses lines that are not UTF-8, and another number of rows than was said', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a)');
    const put = (chunk: ReturnType<typeof chunkOf>) =>
      inRestore(file, (transaction) =>
        transaction.insertRows(tableOf(transaction, 't'), ['a'], sourceOf([chunk])),
      );
    await expect(put({ bytes: Buffer.from('5b22ff225d0a', 'hex'), rows: 1 })).rejects.toMatchObject({
      code: 'SNAPSHOT.CONTENT',
    });
    await expect(put({ ...chunkOf('[1]'), rows: 2 })).rejects.toMatchObject({ code: 'SNAPSHOT.CONTENT' });
  });

  it.each([
    ['INTEGER', '"12"'],
    ['INTEGER', '" 1e2 "'],
    ['NUMERIC', String.raw`"\t3"`],
    ['REAL', '"0.5"'],
    ['INTEGER', String.raw`"1\u0000"`],
    ['INTEGER', '5.0'],
    ['INTEGER', '1.0e+15'],
    ['NUMERIC', '{"r":"-0.0"}'],
    ['REAL', '7'],
    ['REAL', '{"i":"9223372036854775807"}'],
    ['REAL', '{"r":"-0.0"}'],
    ['TEXT', '1'],
    ['TEXT', '1.5'],
    ['TEXT', '{"i":"9223372036854775807"}'],
    ['TEXT', '{"r":"Infinity"}'],
  ])('refuses to let a column of type %s change %s', async (type, token) => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, a ${type})`);
    await expect(insert(file, ['[1,null]', `[2,${token}]`])).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: `Cannot restore row 2 of table t exactly: column a would change the value ${token}`,
    });
  });

  it.each([
    ['INTEGER', '"12x"'],
    ['INTEGER', '"0x10"'],
    ['NUMERIC', '"2024-02-29"'],
    ['NUMERIC', '"1e"'],
    ['REAL', '"."'],
    ['INTEGER', '1.0e+19'],
    ['INTEGER', '0.5'],
    ['NUMERIC', '{"r":"Infinity"}'],
    ['REAL', '5.0'],
    ['TEXT', '"12"'],
    ['BLOB', '"12"'],
    ['', '{"r":"-0.0"}'],
    ['BLOB', '1'],
  ])('stores in a column of type %s the value %s', async (type, token) => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, a ${type})`);
    const lines = await inRestore(file, async (transaction) => {
      const table = tableOf(transaction, 't');
      await transaction.insertRows(table, ['a', 'id'], sourceOf([chunkOf(`[${token},2]`)]));
      return collect(transaction.rows(table));
    });
    expect(Buffer.concat(lines.map(({ bytes }) => bytes)).toString()).toBe(`[2,${token}]\n`);
  });

  it('shows no more than the beginning of a value that a column would change', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a INTEGER)');
    await expect(insert(file, [`["${'1'.repeat(5)}${' '.repeat(500)}"]`])).rejects.toMatchObject({
      message: `Cannot restore row 1 of table t exactly: column a would change the value "11111${' '.repeat(74)}…`,
    });
  });

  it('names the row where the key is not in the snapshot', async () => {
    const file = makeSqliteFile('CREATE TABLE t (id INTEGER PRIMARY KEY, a NOT NULL)');
    await expect(insert(file, ['["x"]', '[null]'], ['a'])).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: 'Cannot restore row 2 (id) of table t: NOT NULL constraint failed: t.a',
    });
  });

  it('takes a column out of a snapshot that has fewer or other columns', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, added TEXT DEFAULT 'new', a)`);
    const lines = await inRestore(file, async (transaction) => {
      expect(
        await transaction.insertRows(
          tableOf(transaction, 't'),
          ['a', 'id'],
          sourceOf([chunkOf('["x",1]', '["y",2]'), chunkOf('["z",3]')]),
        ),
      ).toBe(3);
      return collect(transaction.rows(tableOf(transaction, 't')));
    });
    expect(Buffer.concat(lines.map(({ bytes }) => bytes)).toString()).toBe(
      '[1,"new","x"]\n[2,"new","y"]\n[3,"new","z"]\n',
    );
    await expect(insert(file, ['[1]'], ['gone'])).rejects.toMatchObject({ code: 'RESTORE.SCHEMA' });
  });
});

describe('deleteRows', () => {
  const remaining = (file: string, lines: string[]) =>
    inRestore(file, async (transaction) => {
      const table = tableOf(transaction, 't');
      const deleted = await transaction.deleteRows(table, sourceOf([chunkOf(...lines)]));
      return [deleted, await transaction.countRows(table)];
    });

  it.each([
    [
      'an integer key',
      `CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (9223372036854775807)`,
      ['[2]', '[5]', '[{"i":"9223372036854775807"}]'],
      [2, 1],
    ],
    [
      'a composite key',
      `CREATE TABLE t (a TEXT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)); INSERT INTO t VALUES ('x', 1), ('x', 2), ('y', 1)`,
      ['["x",2]', '["y",2]'],
      [1, 2],
    ],
    [
      'a blob key',
      `CREATE TABLE t (a BLOB NOT NULL PRIMARY KEY); INSERT INTO t VALUES (x'00ff'), ('text'), (CAST(x'ff' AS TEXT))`,
      ['[{"b":"00ff"}]', '[{"t":"FF"}]'],
      [2, 1],
    ],
    [
      'a key that ignores case',
      `CREATE TABLE t (a TEXT NOT NULL COLLATE NOCASE PRIMARY KEY); INSERT INTO t VALUES ('Ab'), ('c')`,
      ['["aB"]'],
      [1, 1],
    ],
    [
      'texts that look like numbers',
      `CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY); INSERT INTO t VALUES ('1'), ('01')`,
      ['["1"]'],
      [1, 1],
    ],
  ])('deletes by %s', async (_, sql, keys, expected) => {
    expect(await remaining(makeSqliteFile(sql), keys)).toEqual(expected);
  });

  it('fires no trigger and no foreign-key action', async () => {
    const file = makeSqliteFile(shop);
    const audits = ask(file, 'SELECT count(*) FROM audit');
    await inRestore(file, async (transaction) => {
      await transaction.deleteRows(tableOf(transaction, 'product'), sourceOf([chunkOf('[1]')]));
      await transaction.commit();
    });
    expect(ask(file, 'SELECT count(*) FROM line')).toEqual([2]);
    expect(ask(file, 'SELECT count(*) FROM audit')).toEqual(audits);
  });
});

describe('countOrphans', () => {
  it.each([
    ['none', `INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES (1, NULL), (NULL, 'a')`, [0, 0]],
    [
      'rows whose keys are set and met by no parent',
      `INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES (2, NULL), (1, 'b'), (3, 'A')`,
      [2, 2],
    ],
  ])('counts %s', async (_, sql, expected) => {
    const file =
      makeSqliteFile(`PRAGMA foreign_keys = OFF; CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
      CREATE TABLE c (p REFERENCES p, code REFERENCES p(code)); ${sql}`);
    const counts = await inRestore(file, async (transaction) => {
      const keys = transaction.catalogue.foreignKeys;
      return Promise.all(keys.map((key) => transaction.countOrphans(key)));
    });
    expect(counts).toEqual(expected);
  });

  it('compares as foreign keys do: by the affinity and collation of the parent', async () => {
    const file =
      makeSqliteFile(`PRAGMA foreign_keys = OFF; CREATE TABLE p (code TEXT PRIMARY KEY COLLATE NOCASE); INSERT INTO p VALUES ('1'), ('Ab');
      CREATE TABLE c (code INTEGER REFERENCES p); INSERT INTO c VALUES (1), ('aB'), ('01x')`);
    const count = await inRestore(file, (transaction) =>
      transaction.countOrphans(transaction.catalogue.foreignKeys[0]!),
    );
    expect(count).toBe(ask(file, 'SELECT count(*) FROM pragma_foreign_key_check')[0]);
    expect(count).toBe(1);
  });
});

describe('setSequences', () => {
  const schema = `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (10)`;
  const state = (lastValue: string, isCalled = true) => ({
    schema: null,
    name: 't',
    feeds: { table: { schema: null, name: 't' }, column: 'id' },
    lastValue,
    isCalled,
    increment: '1',
  });

  it.each([
    ['sets a counter', '25', false, [], 25],
    [
      'raises it to the highest id',
      '5',
      false,
      ['The next id of table t is 11, not 6 as saved: rows are already beyond it'],
      10,
    ],
    ['keeps great values', '9223372036854775806', false, [], 9223372036854775806n],
    [
      'never lowers it when it is told so',
      '15',
      true,
      ['The next id of table t is 21, not 16 as saved: rows are already beyond it'],
      20,
    ],
  ])('%s', async (_, lastValue, atLeastCurrent, sentences, seq) => {
    const file = makeSqliteFile(`${schema}; UPDATE sqlite_sequence SET seq = 20`);
    await inRestore(file, async (transaction) => {
      expect(await transaction.setSequences([state(lastValue)], { atLeastCurrent })).toEqual(sentences);
      await transaction.commit();
    });
    const database = new Database(file, { readonly: true }).defaultSafeIntegers(true);
    expect(database.prepare('SELECT seq FROM sqlite_sequence').pluck().all()).toEqual([BigInt(seq)]);
    database.close();
  });

  it('forgets the counter of a table that was never used', async () => {
    const file = makeSqliteFile(schema);
    await inRestore(file, async (transaction) => {
      await transaction.clear([{ schema: null, name: 't' }]);
      expect(await transaction.setSequences([state('1', false)], { atLeastCurrent: false })).toEqual([]);
      await transaction.commit();
    });
    expect(ask(file, 'SELECT count(*) FROM sqlite_sequence')).toEqual([0]);
  });
});

describe('a failed commit', () => {
  it('is reported as a lock while another connection reads', async () => {
    const file = makeSqliteFile(shop);
    const before = readFileSync(file);
    const reader = new Database(file);
    const database = await open(file, { lockTimeoutMs: 100 });
    const captured = await capture(file);
    const transaction = await database.openRestore(requestFor(captured.catalogue.tables));
    await fill(transaction, captured);
    const rows = reader.prepare('SELECT * FROM product').iterate();
    rows.next();
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'DATABASE.LOCKED' });
    rows.return?.();
    await transaction.rollback();
    await database.close();
    reader.close();
    expect(readFileSync(file)).toEqual(before);
  });
});
