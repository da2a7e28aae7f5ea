import { afterEach, expect, it } from 'vitest';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import type {
  Database,
  RestoreJournal,
  RestoreRequest,
  RestoreTransaction,
} from '../../../src/ports/database.ts';
import type { TableDefinition } from '../../../src/snapshot/table.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import {
  chunksOf,
  connectMysql,
  createMysql,
  digestMysql,
  linesOf,
  mysqlTarget,
  putBackMysql,
  restoreRequest,
  saveMysql,
  type TestMysql,
} from '../../support/mysql.ts';

const opened: Database[] = [];

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

interface Restoring {
  readonly transaction: RestoreTransaction;
  readonly table: (name: string) => TableDefinition;
}

/** Opens a restore of all tables. */
async function openRestore(
  { target }: TestMysql,
  request: Partial<RestoreRequest> = {},
  signal?: AbortSignal,
): Promise<Restoring> {
  const { catalogue } = await saveMysql(target);
  const database = await mysqlEngine.open(target, { lockTimeoutMs: 1000, ...(signal && { signal }) });
  opened.push(database);
  const transaction = await database.openRestore(restoreRequest(catalogue.tables, request));
  const table = (name: string) => transaction.catalogue.tables.find((one) => one.name === name)!;
  return { transaction, table };
}

function insertLines(
  { transaction, table }: Restoring,
  name: string,
  lines: readonly string[],
): Promise<number> {
  const definition = table(name);
  const columns = definition.columns.map((column) => column.name);
  return transaction.insertRows(definition, columns, chunksOf(lines.map((line) => `${line}\n`)));
}

const family = [
  'CREATE TABLE parent (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) UNIQUE, favourite int)',
  `CREATE TABLE child (id int AUTO_INCREMENT PRIMARY KEY, parent int, older int,
    CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE,
    CONSTRAINT to_older FOREIGN KEY (older) REFERENCES child (id) ON DELETE SET NULL)`,
  'ALTER TABLE parent ADD CONSTRAINT to_favourite FOREIGN KEY (favourite) REFERENCES child (id)',
  `INSERT INTO parent VALUES (1, 'ann', NULL), (2, 'bob', NULL)`,
  'INSERT INTO child VALUES (1, 1, NULL), (2, 2, 1), (3, NULL, NULL)',
  'UPDATE parent SET favourite = 3 - id',
];

describeEngine(mysqlServer, 'restores into MySQL and MariaDB', (serverUrl) => {
  it('restores cycles of foreign keys, and touches no table that is not cleared', async () => {
    await using database = await createMysql('mye_cycle', { statements: family });
    const before = await digestMysql(database.connection);
    const saved = await saveMysql(database.target);
    const restoring = await openRestore(database);
    await restoring.transaction.clear([{ schema: null, name: 'parent' }]);
    expect(await restoring.transaction.countRows({ schema: null, name: 'child' })).toBe(3);
    const [toOlder, toParent, toFavourite] = restoring.transaction.catalogue.foreignKeys;
    expect(await restoring.transaction.countOrphans(toParent!)).toBe(2);
    expect(await restoring.transaction.countOrphans(toOlder!)).toBe(0);
    expect(await restoring.transaction.countOrphans(toFavourite!)).toBe(0);
    await restoring.transaction.rollback();
    expect(await digestMysql(database.connection)).toEqual(before);
    await database.connection.query(
      'UPDATE parent SET favourite = NULL; DELETE FROM parent; DELETE FROM child',
    );
    await putBackMysql(database.target, saved);
    expect(await digestMysql(database.connection)).toEqual(before);
    expect(linesOf(saved, 'child')).toEqual([
      [1, 1, null],
      [2, 2, 1],
      [3, null, null],
    ]);
  });

  it.each([
    [
      'a duplicate key',
      ['[1,"ann",null]', '[2,"bob",null]', '[2,"cid",null]'],
      'RESTORE.ROW',
      'row 3 into table parent: Duplicate entry',
    ],
    [
      'a duplicate of a unique value',
      ['[1,"ann",null]', '[5,"ANN",null]'],
      'RESTORE.ROW',
      'row 2 into table parent: Duplicate entry',
    ],
    [
      'text that is too long',
      ['[1,"ann",null]', `[5,"${'x'.repeat(51)}",null]`],
      'RESTORE.ROW',
      "row 2 into table parent: Data too long for column 'name'",
    ],
    [
      'a number out of range',
      ['[4294967296,"x",null]'],
      'RESTORE.ROW',
      "row 1 into table parent: Out of range value for column 'id'",
    ],
    [
      'a missing value',
      ['[null,"x",null]'],
      'RESTORE.ROW',
      'row 1 into table parent: Column id cannot be null',
    ],
    [
      'a cell of another encoding',
      ['[1,"ann",null]', '["2","bob",null]'],
      'SNAPSHOT.CONTENT',
      'row 2 into table parent: A cell of column id',
    ],
    [
      'SQL in the place of a number',
      ['[1,"ann",1e5]'],
      'SNAPSHOT.CONTENT',
      'row 1 into table parent: A cell of column favourite',
    ],
    ['half a character', ['[1,"\\ud83d",null]'], 'SNAPSHOT.CONTENT', 'A row is not what its table says'],
    ['too few cells', ['[1,"ann"]'], 'SNAPSHOT.CONTENT', 'A row is not what its table says'],
  ])('refuses %s by row and reason, and leaves everything as it was', async (_, lines, code, message) => {
    await using database = await createMysql('mye_fail', { statements: family });
    const before = await digestMysql(database.connection);
    const restoring = await openRestore(database);
    await restoring.transaction.clear([
      { schema: null, name: 'parent' },
      { schema: null, name: 'child' },
    ]);
    await expect(insertLines(restoring, 'parent', lines)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    await restoring.transaction.rollback();
    await restoring.transaction.rollback();
    expect(await digestMysql(database.connection)).toEqual(before);
  });

  it('reads escapes of JSON as the characters that they stand for', async () => {
    await using database = await createMysql('mye_esc', {
      statements: ['CREATE TABLE t (id int PRIMARY KEY, v varchar(200))'],
    });
    const restoring = await openRestore(database);
    const tokens = [
      '"\\u0041\\u00e9\\u6f22\\ud83d\\ude00"',
      '"\\/\\f\\b\\n\\r\\t\\"\\\\"',
      '"\\u0000\\u0027\\u005c"',
      `"'; -- \\\\'"`,
    ];
    await insertLines(
      restoring,
      't',
      tokens.map((token, id) => `[${id},${token}]`),
    );
    await restoring.transaction.commit();
    const rows = await database.connection.query('SELECT v FROM t ORDER BY id');
    expect(rows.map((row: { v: string }) => row.v)).toEqual(tokens.map((token) => JSON.parse(token)));
  });

  it('deletes by keys of every type, and counts them', async () => {
    await using database = await createMysql('mye_keys', {
      statements: [
        `CREATE TABLE k1 (b bit(10), u bigint unsigned, f float, d decimal(30,10), v varbinary(20), t varchar(20), PRIMARY KEY (b, u, f, d, v, t))`,
        `INSERT INTO k1 VALUES (b'1111111111', 18446744073709551615, 0.1, 12345678901234567890.0123456789, x'0027005c', 'a''b'),
          (b'1111111111', 18446744073709551614, 0.1, 12345678901234567890.0123456789, x'0027005c', 'a''b'),
          (b'1', 18446744073709551615, 1e-40, 0, '', ''), (b'1', 18446744073709551615, 1e-40, 0.0000000001, '', '')`,
        `CREATE TABLE k2 (e enum('x','y'), y year, dt datetime(6), l varchar(20) CHARACTER SET latin1, c char(5) CHARACTER SET ascii COLLATE ascii_bin, PRIMARY KEY (e, y, dt, l, c))`,
        `INSERT INTO k2 VALUES ('x', 0, '0000-00-00 00:00:00', 'é', 'a'), ('x', 2155, '2024-02-31 00:00:00.000001', 'é', 'a'), ('y', 0, '0000-00-00 00:00:00', '', 'A')`,
        `CREATE TABLE k3 (g double PRIMARY KEY)`,
        `INSERT INTO k3 VALUES (5e-324), (0.1), (0.30000000000000004), (1e22), (0)`,
        `CREATE TABLE k4 (u varchar(20) CHARACTER SET ucs2 PRIMARY KEY)`,
        `INSERT INTO k4 VALUES ('é'), (''), ('b')`,
        `CREATE TABLE k5 (id bigint PRIMARY KEY)`,
        `INSERT INTO k5 SELECT 9007199254740992 + seq FROM seq_0_to_3000`,
      ],
    });
    const restoring = await openRestore(database);
    for (const name of ['k1', 'k2', 'k3', 'k4', 'k5']) {
      const table = restoring.table(name);
      const rows = [];
      for await (const chunk of restoring.transaction.rows(table, { columns: table.key! }))
        rows.push(...chunk.bytes.toString().split('\n').slice(0, -1));
      const half = rows.filter((_, index) => index % 2 === 0);
      expect(await restoring.transaction.deleteRows(table, chunksOf(half.map((line) => `${line}\n`)))).toBe(
        half.length,
      );
      const left = [];
      for await (const chunk of restoring.transaction.rows(table, { columns: table.key! }))
        left.push(...chunk.bytes.toString().split('\n').slice(0, -1));
      expect(left).toEqual(rows.filter((_, index) => index % 2 === 1));
    }
    await restoring.transaction.rollback();
  });

  it('gives the saved counters back, and raises those that the rows are beyond', async () => {
    await using database = await createMysql('mye_ai', {
      statements: [
        'CREATE TABLE a (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 500',
        'INSERT INTO a VALUES (3)',
        'CREATE TABLE b (id tinyint AUTO_INCREMENT PRIMARY KEY)',
        'INSERT INTO b VALUES (127)',
        'CREATE TABLE c (id bigint unsigned AUTO_INCREMENT PRIMARY KEY)',
        'INSERT INTO c VALUES (18446744073709551614)',
      ],
    });
    const before = await digestMysql(database.connection);
    const saved = await saveMysql(database.target);
    await database.connection.query('INSERT INTO a VALUES (9000); DELETE FROM b; DELETE FROM c');
    expect(await putBackMysql(database.target, saved)).toEqual([]);
    expect(await digestMysql(database.connection)).toEqual(before);
    const result = await database.connection.query('INSERT INTO a VALUES ()');
    expect(Number(result.insertId)).toBe(500);

    const restoring = await openRestore(database);
    const low = saved.catalogue.sequences.map((sequence) => ({ ...sequence, lastValue: '2' }));
    expect(await restoring.transaction.setSequences(low.slice(0, 1), { atLeastCurrent: false })).toEqual([
      'The next id of a is 501 instead of 2: higher ids are in use',
    ]);
    await restoring.transaction.commit();
    const again = await openRestore(database);
    await again.transaction.clear([{ schema: null, name: 'a' }]);
    await again.transaction.setSequences(low.slice(0, 1), { atLeastCurrent: true });
    await again.transaction.commit();
    expect(Number((await database.connection.query('INSERT INTO a VALUES ()')).insertId)).toBe(501);
  });

  it('lets no other session write to the tables and their neighbours until it ends', async () => {
    await using database = await createMysql('mye_wait', { statements: family });
    const { catalogue } = await saveMysql(database.target);
    const holdfast = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    const transaction = await holdfast.openRestore(
      restoreRequest(catalogue.tables.filter((table) => table.name === 'child')),
    );
    await database.connection.query('SET lock_wait_timeout = 1');
    await expect(database.connection.query('INSERT INTO child VALUES (9, NULL, NULL)')).rejects.toMatchObject(
      { errno: 1205 },
    );
    await expect(database.connection.query(`INSERT INTO parent VALUES (9, 'x', NULL)`)).rejects.toMatchObject(
      { errno: 1205 },
    );
    expect(await database.connection.query('SELECT id FROM parent')).toHaveLength(2);
    await transaction.rollback();
    await database.connection.query('INSERT INTO child VALUES (9, NULL, NULL)');
    await holdfast.close();
  });

  it('waits no longer than the lock timeout, and names who holds the lock', async () => {
    await using database = await createMysql('mye_busy', { statements: family });
    const other = await connectMysql(database.url);
    await other.query('BEGIN; UPDATE child SET older = NULL');
    await expect(openRestore(database)).rejects.toMatchObject({
      code: 'DATABASE.LOCKED',
      message: 'Cannot lock the tables: another connection holds a lock on it',
      hint: expect.stringMatching(
        new RegExp(`connection ${other.threadId} \\(.*in a transaction for \\d+ s\\)`),
      ),
    });
    await other.query('ROLLBACK');
    const restoring = await openRestore(database);
    await restoring.transaction.rollback();
    await other.end();
  });

  it('lets only one restore of a database run', async () => {
    await using database = await createMysql('mye_two', { statements: family });
    const first = await openRestore(database);
    const { catalogue } = first.transaction;
    const second = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    opened.push(second);
    await expect(second.openRestore(restoreRequest(catalogue.tables))).rejects.toMatchObject({
      code: 'RUN.LOCKED',
    });
    await first.transaction.rollback();
    const third = await second.openRestore(restoreRequest(catalogue.tables));
    await third.rollback();
  });

  it('is taken back by the server when the connection is lost, and by an abort', async () => {
    await using database = await createMysql('mye_lost', { statements: family });
    const before = await digestMysql(database.connection);
    const controller = new AbortController();
    for (const end of [
      async () => {
        const [process] = await database.connection.query(
          'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
        );
        await database.connection.query(`KILL ${process.id}`);
      },
      async () => controller.abort(new Error('interrupted')),
    ]) {
      const restoring = await openRestore(database, {}, controller.signal);
      await restoring.transaction.clear([
        { schema: null, name: 'parent' },
        { schema: null, name: 'child' },
      ]);
      await end();
      await expect(insertLines(restoring, 'parent', ['[7,"x",null]'])).rejects.toThrow(
        /connection|interrupted/,
      );
      await restoring.transaction.rollback();
      await database.connection.query('SELECT COUNT(*) FROM parent FOR UPDATE');
      expect(await digestMysql(database.connection)).toEqual(before);
    }
  });

  it('needs no more than the rights on its own database', async () => {
    await using database = await createMysql('mye_owner', {
      statements: [
        ...family,
        'CREATE TRIGGER g BEFORE INSERT ON parent FOR EACH ROW SET NEW.name = UPPER(NEW.name)',
      ],
    });
    const user = `mye_o${process.pid}`;
    await database.connection.query(
      `CREATE OR REPLACE USER ${user}@'127.0.0.1' IDENTIFIED BY 'pw'; GRANT ALL ON \`${database.name}\`.* TO ${user}@'127.0.0.1'`,
    );
    try {
      const url = new URL(database.url);
      url.username = user;
      url.password = 'pw';
      const target = mysqlTarget(url.href);
      const saved = await saveMysql(target);
      await expect(putBackMysql(target, saved, { dropTriggers: true })).rejects.toMatchObject({
        code: 'RESTORE.TRIGGERS',
        message: expect.stringContaining('g (root@'),
      });
      await database.connection.query('DROP TRIGGER g');
      const own = await connectMysql(url.href);
      await own.query('CREATE TRIGGER g BEFORE INSERT ON parent FOR EACH ROW SET NEW.name = UPPER(NEW.name)');
      await own.end();
      const before = await digestMysql(database.connection);
      await database.connection.query('UPDATE parent SET favourite = NULL; DELETE FROM child');
      await putBackMysql(target, saved, { dropTriggers: true });
      expect(await digestMysql(database.connection)).toEqual(before);
    } finally {
      await database.connection.query(`DROP USER ${user}@'127.0.0.1'`);
    }
    expect(serverUrl).toContain('127.0.0.1');
  });

  it('refuses when the user could not see triggers', async () => {
    await using database = await createMysql('mye_blind', { statements: family });
    const user = `mye_b${process.pid}`;
    await database.connection.query(
      `CREATE OR REPLACE USER ${user}@'127.0.0.1' IDENTIFIED BY 'pw'; GRANT SELECT, INSERT, UPDATE, DELETE, LOCK TABLES ON \`${database.name}\`.* TO ${user}@'127.0.0.1'`,
    );
    try {
      const url = new URL(database.url);
      url.username = user;
      url.password = 'pw';
      const saved = await saveMysql(mysqlTarget(url.href));
      await expect(putBackMysql(mysqlTarget(url.href), saved)).rejects.toMatchObject({
        code: 'DATABASE.PERMISSION',
        hint: expect.stringContaining('TRIGGER'),
      });
    } finally {
      await database.connection.query(`DROP USER ${user}@'127.0.0.1'`);
    }
  });

  it('refuses tables without transactions, and tables that are not there', async () => {
    await using database = await createMysql('mye_eng', {
      statements: [
        'CREATE TABLE old (id int PRIMARY KEY) ENGINE=MyISAM',
        'CREATE TABLE fine (id int PRIMARY KEY)',
      ],
    });
    const saved = await saveMysql(database.target);
    await expect(putBackMysql(database.target, saved)).rejects.toMatchObject({
      code: 'DATABASE.NOT_CONSISTENT',
      hint: expect.stringContaining('ALTER TABLE `old` ENGINE=InnoDB'),
    });
    await database.connection.query('DROP TABLE old');
    await expect(putBackMysql(database.target, saved)).rejects.toMatchObject({
      code: 'RESTORE.SCHEMA',
      message: expect.stringContaining('table old'),
    });
  });

  it('refuses a column that is encoded in another way than in the snapshot', async () => {
    await using database = await createMysql('mye_type', {
      statements: ['CREATE TABLE t (id int PRIMARY KEY, v varchar(20))', `INSERT INTO t VALUES (1, 'ab')`],
    });
    const saved = await saveMysql(database.target);
    await database.connection.query('ALTER TABLE t MODIFY v varbinary(20)');
    const before = await digestMysql(database.connection);
    await expect(putBackMysql(database.target, saved)).rejects.toMatchObject({
      code: 'RESTORE.SCHEMA',
      message: expect.stringContaining('column v is varbinary(20), not varchar(20)'),
    });
    expect(await digestMysql(database.connection)).toEqual(before);
  });

  it('creates the stored tables in an empty database, counters and constraints included', async () => {
    await using source = await createMysql('mye_from', {
      statements: [
        ...family,
        `CREATE TABLE extra (id int PRIMARY KEY, c varchar(20) DEFAULT 'a;b''\\n' COMMENT 'AUTO_INCREMENT=5', g int AS (id) STORED, CHECK (id > 0)) COMMENT='\\n) ENGINE=X AUTO_INCREMENT=7'`,
        'INSERT INTO extra (id) VALUES (1)',
      ],
    });
    await using target = await createMysql('mye_into');
    const saved = await saveMysql(source.target);
    const journals: RestoreJournal[] = [];
    const createSchema = saved.catalogue.definition;
    const database = await mysqlEngine.open(target.target, { lockTimeoutMs: 1000 });
    opened.push(database);
    const request = restoreRequest(saved.catalogue.tables, {
      createSchema,
      saveJournal: async (journal) => void journals.push(journal),
    });
    const failing = await database.openRestore(request);
    expect(failing.catalogue.tables).toEqual(
      saved.catalogue.tables.map((table) => ({ ...table, estimatedRows: 0 })),
    );
    await failing.rollback();
    expect(await target.connection.query('SHOW TABLES')).toEqual([]);
    expect(journals).toHaveLength(1);

    await putBackMysql(target.target, saved, { createSchema });
    expect(await digestMysql(target.connection)).toEqual(await digestMysql(source.connection));
    expect((await saveMysql(target.target)).catalogue.definition).toEqual(createSchema);
    await expect(putBackMysql(target.target, saved, { createSchema })).rejects.toMatchObject({
      code: 'RESTORE.SCHEMA',
      message: expect.stringContaining('it is there already'),
    });
    await database.finishRestore(journals[0]!);
    expect(await digestMysql(target.connection)).toEqual(await digestMysql(source.connection));
  });

  it('drops the tables that it created when one of them cannot be created', async () => {
    await using target = await createMysql('mye_half');
    const database = await mysqlEngine.open(target.target, { lockTimeoutMs: 1000 });
    opened.push(database);
    const createSchema = [
      { kind: 'table', name: 'good', sql: 'CREATE TABLE good (id int PRIMARY KEY)' },
      { kind: 'table', name: 'bad', sql: 'CREATE TABLE bad (id nonsense)' },
    ];
    await expect(database.openRestore(restoreRequest([], { createSchema }))).rejects.toMatchObject({
      code: 'RESTORE.SCHEMA',
      message: expect.stringContaining('Cannot create table bad'),
    });
    expect(await target.connection.query('SHOW TABLES')).toEqual([]);
  });

  it('names the server setting when a row is longer than a statement may be', async () => {
    await using database = await createMysql('mye_long', {
      statements: ['CREATE TABLE t (id int PRIMARY KEY, v longtext)'],
    });
    const restoring = await openRestore(database);
    const [limit] = await database.connection.query('SELECT @@max_allowed_packet AS bytes');
    await expect(
      insertLines(restoring, 't', ['[1,"a"]', `[2,"${"'".repeat(Number(limit.bytes) / 2)}"]`]),
    ).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: expect.stringContaining('row 2 of table t'),
      hint: expect.stringContaining('SET GLOBAL max_allowed_packet = '),
    });
    await restoring.transaction.rollback();
  });

  it('restores rows that a check constraint would refuse today, as they are', async () => {
    await using database = await createMysql('mye_check', {
      statements: [
        'CREATE TABLE t (id int PRIMARY KEY, CHECK (id > 0))',
        'SET check_constraint_checks = 0',
        'INSERT INTO t VALUES (-1), (1)',
      ],
    });
    const before = await digestMysql(database.connection);
    const saved = await saveMysql(database.target);
    await database.connection.query('DELETE FROM t');
    await putBackMysql(database.target, saved);
    expect(await digestMysql(database.connection)).toEqual(before);
  });
});
