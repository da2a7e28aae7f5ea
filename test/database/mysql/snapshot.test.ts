import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import { AppError } from '../../../src/errors.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import {
  connectMysql,
  createMysql,
  linesOf,
  mysqlTarget,
  saveMysql,
  type TestMysql,
} from '../../support/mysql.ts';

const scope = { allSchemas: false };

async function withUser(
  database: TestMysql,
  grants: readonly string[],
  work: (url: string) => Promise<void>,
) {
  const user = `mye_s${process.pid}`;
  await database.connection.query(`CREATE OR REPLACE USER ${user}@'127.0.0.1' IDENTIFIED BY 'pw'`);
  try {
    for (const grant of grants) await database.connection.query(`GRANT ${grant} TO ${user}@'127.0.0.1'`);
    const url = new URL(database.url);
    url.username = user;
    url.password = 'pw';
    await work(url.href);
  } finally {
    await database.connection.query(`DROP USER ${user}@'127.0.0.1'`);
  }
}

describeEngine(mysqlServer, 'snapshots of MySQL and MariaDB', () => {
  it('reads rows in the order of the key though a smaller index holds all columns', async () => {
    await using database = await createMysql('mye_order', {
      statements: [
        'CREATE TABLE t (id int PRIMARY KEY, name varchar(20), UNIQUE (name))',
        `INSERT INTO t VALUES (1, 'z'), (2, 'a'), (3, 'm')`,
      ],
    });
    const saved = await saveMysql(database.target);
    expect(linesOf(saved, 't')).toEqual([
      [1, 'z'],
      [2, 'a'],
      [3, 'm'],
    ]);
  });

  it('describes columns, keys, comparisons, foreign keys and counters', async () => {
    await using database = await createMysql('mye_cat', {
      statements: [
        'CREATE TABLE parent (a int, b varchar(10) COLLATE utf8mb4_bin, PRIMARY KEY (a, b))',
        `CREATE TABLE child (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, pa int, pb varchar(10) COLLATE utf8mb4_bin,
          email varchar(100) NOT NULL, code varbinary(8), kind enum('x','y') NOT NULL DEFAULT 'y', amount decimal(10,2) NULL,
          note text, self bigint unsigned, UNIQUE KEY email (email), UNIQUE KEY note (note(10)), UNIQUE KEY code (code, kind),
          CONSTRAINT to_parent FOREIGN KEY (pa, pb) REFERENCES parent (a, b), CONSTRAINT to_self FOREIGN KEY (self) REFERENCES child (id)) AUTO_INCREMENT = 40`,
        `CREATE TABLE keyless (a int NULL, b int NOT NULL, c int NOT NULL, UNIQUE (a), UNIQUE two (b, c), UNIQUE one (c))`,
      ],
    });
    const { catalogue } = await saveMysql(database.target);
    const child = catalogue.tables.find((table) => table.name === 'child')!;
    expect(
      child.columns.map(({ name, type, encoding, nullable, hasDefault, comparison }) => [
        name,
        type,
        encoding,
        nullable,
        hasDefault,
        comparison,
      ]),
    ).toEqual([
      ['id', 'bigint(20) unsigned', 'text', false, true, 'exact'],
      ['pa', 'int(11)', 'integer', true, false, 'exact'],
      ['pb', 'varchar(10)', 'text', true, false, 'trailing-spaces'],
      ['email', 'varchar(100)', 'text', false, false, 'ignore-case-and-accents'],
      ['code', 'varbinary(8)', 'bytes', true, false, 'exact'],
      ['kind', "enum('x','y')", 'text', false, true, 'exact'],
      ['amount', 'decimal(10,2)', 'text', true, false, 'number'],
      ['note', 'text', 'text', true, false, 'ignore-case-and-accents'],
      ['self', 'bigint(20) unsigned', 'text', true, false, 'exact'],
    ]);
    expect(child.columns[5]!.labels).toEqual(['x', 'y']);
    expect(child).toMatchObject({
      schema: null,
      key: ['id'],
      uniques: [
        { name: 'code', columns: ['code', 'kind'] },
        { name: 'email', columns: ['email'] },
      ],
    });
    expect(catalogue.tables.map(({ name, key }) => [name, key])).toEqual([
      ['child', ['id']],
      ['keyless', ['c']],
      ['parent', ['a', 'b']],
    ]);
    expect(catalogue.foreignKeys).toEqual([
      {
        name: 'to_parent',
        table: { schema: null, name: 'child' },
        columns: ['pa', 'pb'],
        parent: { schema: null, name: 'parent' },
        parentColumns: ['a', 'b'],
      },
      {
        name: 'to_self',
        table: { schema: null, name: 'child' },
        columns: ['self'],
        parent: { schema: null, name: 'child' },
        parentColumns: ['id'],
      },
    ]);
    expect(catalogue.sequences).toEqual([
      {
        schema: null,
        name: 'child',
        feeds: { table: { schema: null, name: 'child' }, column: 'id' },
        lastValue: '40',
        isCalled: false,
        increment: '1',
      },
    ]);
    expect(catalogue.definition.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'table child',
      'table keyless',
      'table parent',
    ]);
    expect(catalogue.definition[0]!.sql).toMatch(/^CREATE TABLE `child` \(/);
    expect(catalogue.definition[0]!.sql).not.toContain('AUTO_INCREMENT=');
    expect(catalogue.serverVersion).toMatch(/^(MariaDB|MySQL) \d+\.\d+\.\d+/);
    expect(catalogue.estimatedBytes).toBeGreaterThan(0);
  });

  it('names views, routines, events, sequences and triggers as left out, and triggers as blocking', async () => {
    await using database = await createMysql('mye_left', {
      statements: [
        'CREATE TABLE t (id int PRIMARY KEY)',
        'CREATE VIEW v AS SELECT * FROM t',
        'CREATE SEQUENCE s',
        'CREATE PROCEDURE p() SELECT 1',
        'CREATE FUNCTION f() RETURNS int RETURN 1',
        'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1',
        'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.id = NEW.id',
      ],
    });
    const { catalogue } = await saveMysql(database.target);
    expect(catalogue.tables.map((table) => table.name)).toEqual(['t']);
    expect(catalogue.leftOut.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'event e',
      'function f',
      'procedure p',
      'sequence s',
      'trigger g',
      'view v',
    ]);
    expect(catalogue.blockingTriggers).toEqual([{ table: { schema: null, name: 't' }, trigger: 'g' }]);
  });

  it('reads one instant, whatever is written meanwhile', async () => {
    await using database = await createMysql('mye_inst', {
      statements: [
        'CREATE TABLE a (id int PRIMARY KEY, x int)',
        'CREATE TABLE b (id int PRIMARY KEY, x int)',
        'INSERT INTO a VALUES (1, 10)',
        'INSERT INTO b VALUES (1, 10)',
      ],
    });
    await database.connection
      .query("SET GLOBAL transaction_isolation = 'READ-COMMITTED'")
      .catch(() => undefined);
    const opened = await mysqlEngine.open(database.target, { lockTimeoutMs: 2000 });
    const snapshot = await opened.openSnapshot(scope);
    await database.connection.query('UPDATE a SET x = 0; UPDATE b SET x = 20; DELETE FROM a');
    const texts = [];
    for (const table of snapshot.catalogue.tables) {
      for await (const chunk of snapshot.rows(table)) texts.push(chunk.bytes.toString());
    }
    expect(texts).toEqual(['[1,10]\n', '[1,10]\n']);
    await snapshot.close();
    await snapshot.close();
    await opened.close();
  });

  it('reads chosen columns in the chosen order, and can be given up and used again', async () => {
    await using database = await createMysql('mye_some', {
      statements: [
        'CREATE TABLE t (id int PRIMARY KEY, a varchar(9), b int)',
        `INSERT INTO t SELECT seq, 'x', seq * 2 FROM seq_1_to_100000`,
      ],
    });
    const opened = await mysqlEngine.open(database.target, { lockTimeoutMs: 2000 });
    const snapshot = await opened.openSnapshot(scope);
    const table = snapshot.catalogue.tables[0]!;
    for await (const chunk of snapshot.rows(table, { columns: ['b', 'id'] })) {
      expect(chunk.bytes.toString('utf8', 0, 12)).toBe('[2,1]\n[4,2]\n');
      break;
    }
    let rows = 0;
    for await (const chunk of snapshot.rows(table)) rows += chunk.rows;
    expect(rows).toBe(100_000);
    await snapshot.close();
    await opened.close();
  });

  it('waits for nobody longer than the lock timeout, and names who holds the lock', async () => {
    await using database = await createMysql('mye_lock', {
      statements: ['CREATE TABLE t (id int PRIMARY KEY)'],
    });
    const other = await connectMysql(database.url);
    await other.query('LOCK TABLES t WRITE');
    const opened = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    await expect(opened.openSnapshot(scope)).rejects.toMatchObject({
      code: 'DATABASE.LOCKED',
      message: 'Cannot read table t: another connection holds a lock on it',
      hint: expect.stringContaining(`connection ${other.threadId} (`),
    });
    await other.end();
    const snapshot = await opened.openSnapshot(scope);
    expect(snapshot.catalogue.tables).toHaveLength(1);
    await opened.close();
  });

  it('keeps tables from being altered or emptied while it is open', async () => {
    await using database = await createMysql('mye_mdl', {
      statements: ['CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)'],
    });
    const opened = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    const snapshot = await opened.openSnapshot(scope);
    await database.connection.query('SET lock_wait_timeout = 1');
    await expect(database.connection.query('TRUNCATE TABLE t')).rejects.toMatchObject({ errno: 1205 });
    await expect(database.connection.query('ALTER TABLE t ADD x int')).rejects.toMatchObject({ errno: 1205 });
    await snapshot.close();
    await database.connection.query('TRUNCATE TABLE t');
    await opened.close();
  });

  it('reads all or nothing of tables that are emptied and altered over and over', async () => {
    await using database = await createMysql('mye_ddl', {
      statements: ['CREATE TABLE t (id int PRIMARY KEY, x int)'],
    });
    const other = await connectMysql(database.url);
    let isOver = false;
    const churn = async () => {
      for (let round = 0; !isOver; round++) {
        await other.query(
          `SET foreign_key_checks = 0; BEGIN; INSERT INTO t SELECT seq, ${round} FROM seq_1_to_50; COMMIT`,
        );
        await other.query(
          round % 2 === 0 ? 'TRUNCATE TABLE t' : 'RENAME TABLE t TO t2; TRUNCATE t2; RENAME TABLE t2 TO t',
        );
        await sleep(round % 20);
      }
    };
    const churning = churn();
    const seen = new Set<number>();
    for (let round = 0; round < 25; round++) {
      const saved = await saveMysql(database.target).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== 'DATABASE.CHANGED') throw error;
        return null;
      });
      for (const table of saved?.catalogue.tables ?? []) seen.add(linesOf(saved!, table.name).length);
    }
    isOver = true;
    await churning;
    await other.end();
    expect([...seen].filter((rows) => rows !== 0 && rows !== 50)).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
  });

  it('warns of tables without transactions, by name', async () => {
    await using database = await createMysql('mye_myisam', {
      statements: [
        'CREATE TABLE old (id int PRIMARY KEY) ENGINE=MyISAM',
        'INSERT INTO old VALUES (1)',
        'CREATE TABLE fine (id int)',
      ],
    });
    const saved = await saveMysql(database.target);
    expect(saved.catalogue.warnings).toEqual([
      expect.stringMatching(/^Table old is stored by MyISAM, which has no transactions/),
    ]);
    expect(linesOf(saved, 'old')).toEqual([[1]]);
  });

  it('fails with the name of a table or column that the user may not read', async () => {
    await using database = await createMysql('mye_perm', {
      statements: ['CREATE TABLE open_table (id int)', 'CREATE TABLE secret (id int, hidden int)'],
    });
    const name = `\`${database.name}\``;
    await withUser(database, [`SELECT ON ${name}.open_table`, `INSERT ON ${name}.secret`], async (url) => {
      await expect(saveMysql(mysqlTarget(url))).rejects.toMatchObject({
        code: 'DATABASE.PERMISSION',
        message: expect.stringContaining('table secret'),
      });
    });
    await withUser(
      database,
      [`SELECT ON ${name}.open_table`, `SELECT (id), INSERT (hidden) ON ${name}.secret`],
      async (url) => {
        await expect(saveMysql(mysqlTarget(url))).rejects.toMatchObject({
          code: 'DATABASE.PERMISSION',
          message: expect.stringMatching(/table secret/),
        });
      },
    );
  });

  it('fails when tables could be invisible to the user', async () => {
    await using database = await createMysql('mye_vis', {
      statements: ['CREATE TABLE seen (id int)', 'CREATE TABLE unseen (id int)'],
    });
    const name = `\`${database.name}\``;
    await withUser(database, [`SELECT ON ${name}.seen`], async (url) => {
      await expect(saveMysql(mysqlTarget(url))).rejects.toMatchObject({
        code: 'DATABASE.PERMISSION',
        message: expect.stringContaining('has no SELECT right on the whole of it'),
        hint: expect.stringContaining(`GRANT SELECT ON ${name}.*`),
      });
    });
    await withUser(database, [`SELECT ON ${name.replaceAll('_', '\\_')}.*`], async (url) => {
      expect((await saveMysql(mysqlTarget(url))).catalogue.tables.map((table) => table.name)).toEqual([
        'seen',
        'unseen',
      ]);
    });
  });
});
