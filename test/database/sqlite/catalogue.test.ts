import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/ports/database.ts';
import { makeSqliteFile } from '../../support/sqlite.ts';
import { capture, tableOf } from './round-trip.ts';

async function readCatalogue(sql: string): Promise<Catalogue> {
  return (await capture(makeSqliteFile(sql))).catalogue;
}

async function keyOf(sql: string) {
  const { key } = tableOf({ catalogue: await readCatalogue(sql) }, 't');
  return key;
}

describe('keys', () => {
  it.each([
    ['an INTEGER PRIMARY KEY', 'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE)', ['id']],
    [
      'a composite primary key in its own order',
      'CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a))',
      ['b', 'a'],
    ],
    [
      'the primary key of a WITHOUT ROWID table',
      'CREATE TABLE t (a, b, PRIMARY KEY (b)) WITHOUT ROWID',
      ['b'],
    ],
    [
      'a descending INTEGER PRIMARY KEY, when it is required',
      'CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY DESC)',
      ['id'],
    ],
    [
      'the unique index over required columns with the fewest columns',
      'CREATE TABLE t (a NOT NULL, b NOT NULL, c NOT NULL, d UNIQUE, UNIQUE (a, b)); CREATE UNIQUE INDEX u ON t(c)',
      ['c'],
    ],
    ['nothing where the primary key may be NULL', 'CREATE TABLE t (id TEXT PRIMARY KEY)', null],
    [
      'nothing where unique indexes are partial or over expressions',
      'CREATE TABLE t (a NOT NULL); CREATE UNIQUE INDEX p ON t(a) WHERE a > 1; CREATE UNIQUE INDEX e ON t(lower(a))',
      null,
    ],
  ])('are %s', async (_, sql, key) => {
    expect(await keyOf(sql)).toEqual(key);
  });

  it('leave the other unique indexes as uniques', async () => {
    const catalogue = await readCatalogue(`CREATE TABLE t (id TEXT PRIMARY KEY, a NOT NULL, b);
      CREATE UNIQUE INDEX by_a ON t(a); CREATE UNIQUE INDEX by_b ON t(b, a); CREATE INDEX plain ON t(b)`);
    expect(tableOf({ catalogue }, 't')).toMatchObject({
      key: ['a'],
      uniques: [
        { name: 'by_b', columns: ['b', 'a'] },
        { name: 'sqlite_autoindex_t_1', columns: ['id'] },
      ],
    });
  });
});

describe('columns', () => {
  it('say what may be left out and what may be NULL', async () => {
    const catalogue =
      await readCatalogue(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b DATETIME DEFAULT CURRENT_TIMESTAMP,
      v AS (a || 'x') VIRTUAL, s INTEGER NOT NULL AS (id + 1) STORED, "" TEXT)`);
    const { columns } = tableOf({ catalogue }, 't');
    expect(
      columns.map(({ name, type, nullable, generated, hasDefault }) => [
        name,
        type,
        nullable,
        generated,
        hasDefault,
      ]),
    ).toEqual([
      ['id', 'INTEGER', false, false, true],
      ['a', 'TEXT', false, false, false],
      ['b', 'DATETIME', true, false, true],
      ['v', '', true, true, true],
      ['s', 'INTEGER', false, true, true],
      ['', 'TEXT', true, false, false],
    ]);
  });

  it('compare as the index of their key does', async () => {
    const catalogue = await readCatalogue(`
      CREATE TABLE t (a TEXT NOT NULL COLLATE NOCASE, b TEXT NOT NULL COLLATE RTRIM, c TEXT NOT NULL, d DECIMAL NOT NULL, e BLOB NOT NULL, f TEXT NOT NULL,
        PRIMARY KEY (a, b, c, d, e, f COLLATE NOCASE)) WITHOUT ROWID`);
    expect(tableOf({ catalogue }, 't').columns.map(({ comparison }) => comparison)).toEqual([
      'ascii-case',
      'trailing-spaces',
      'exact',
      'number',
      'exact',
      'ascii-case',
    ]);
  });
});

describe('the catalogue', () => {
  it('holds ordinary tables only and names what is left out', async () => {
    const { tables, leftOut } = await readCatalogue(`
      CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE B_join (x);
      CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE search USING fts5(body); ANALYZE`);
    expect(tables.map(({ name }) => name)).toEqual(['B_join', 'a', 'b']);
    expect(leftOut.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'virtual table search',
      'shadow table search_config',
      'shadow table search_content',
      'shadow table search_data',
      'shadow table search_docsize',
      'shadow table search_idx',
      'view v',
    ]);
  });

  it('keeps the statements of tables, indexes and triggers, in that order', async () => {
    const statements = [
      'CREATE TABLE b (id INTEGER PRIMARY KEY, x)',
      'CREATE TRIGGER second AFTER INSERT ON b BEGIN SELECT 1; END',
      'CREATE INDEX i ON b(x) WHERE x > 1',
      'CREATE TABLE "a"(x UNIQUE)',
      'CREATE TRIGGER first AFTER INSERT ON b BEGIN SELECT 2; END',
    ];
    const { definition } = await readCatalogue(statements.join(';\n'));
    expect(definition.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'table a',
      'table b',
      'index i',
      'trigger second',
      'trigger first',
    ]);
    expect(definition.map(({ sql }) => sql).toSorted()).toEqual(statements.toSorted());
  });

  it('resolves foreign keys to the names of tables and columns', async () => {
    const { foreignKeys, warnings } = await readCatalogue(`
      CREATE TABLE Parent (Id INTEGER PRIMARY KEY, a, b, UNIQUE (a, b));
      CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent, x, y, q REFERENCES nowhere(z), FOREIGN KEY (x, y) REFERENCES PARENT (B, A))`);
    const name = (table: string) => ({ schema: null, name: table });
    expect(foreignKeys).toEqual([
      {
        name: 'child_p_fkey',
        table: name('child'),
        columns: ['p'],
        parent: name('Parent'),
        parentColumns: ['Id'],
      },
      {
        name: 'child_x_y_fkey',
        table: name('child'),
        columns: ['x', 'y'],
        parent: name('Parent'),
        parentColumns: ['b', 'a'],
      },
    ]);
    expect(warnings).toEqual(['Table child refers with q to nowhere, which does not have such a key']);
  });

  it('tells the counters of AUTOINCREMENT tables, used or not', async () => {
    const { sequences } = await readCatalogue(`
      CREATE TABLE used (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO used VALUES (41); DELETE FROM used;
      CREATE TABLE unused (id INTEGER PRIMARY KEY AUTOINCREMENT);
      CREATE TABLE great (id INTEGER PRIMARY KEY /* */ autoincrement); INSERT INTO great VALUES (9223372036854775806);
      CREATE TABLE plain (id INTEGER PRIMARY KEY /* not AUTOINCREMENT */, "autoincrement" TEXT DEFAULT 'autoincrement')`);
    const sequence = (table: string, lastValue: string, isCalled: boolean) => ({
      schema: null,
      name: table,
      feeds: { table: { schema: null, name: table }, column: 'id' },
      lastValue,
      isCalled,
      increment: '1',
    });
    expect(sequences).toEqual([
      sequence('great', '9223372036854775806', true),
      sequence('unused', '1', false),
      sequence('used', '41', true),
    ]);
  });

  it('estimates rows without counting large tables', async () => {
    const { tables, estimatedBytes } = await readCatalogue(`
      CREATE TABLE few (x); INSERT INTO few VALUES (1), (2);
      CREATE TABLE many (id INTEGER PRIMARY KEY); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO many SELECT i + 1000000 FROM n;
      CREATE TABLE sparse (id INTEGER PRIMARY KEY); INSERT INTO sparse SELECT abs(random()) FROM many;
      CREATE TABLE without (id INTEGER PRIMARY KEY) WITHOUT ROWID; INSERT INTO without SELECT id FROM many`);
    const estimates = Object.fromEntries(tables.map(({ name, estimatedRows }) => [name, estimatedRows]));
    expect(estimates).toMatchObject({ few: 2, many: 5000, without: 5000 });
    expect(estimates['sparse']).toBeGreaterThanOrEqual(1000);
    expect(estimates['sparse']).toBeLessThanOrEqual(estimatedBytes / 4);
  });

  it('reads definitions that hold strings in double quotes', async () => {
    const file = makeSqliteFile('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const database = new Database(file).unsafeMode(true);
    database.pragma('writable_schema = ON');
    database.prepare('UPDATE sqlite_master SET sql = ?').run('CREATE TABLE t (a CHECK (a <> "none"))');
    database.close();
    expect((await capture(file)).catalogue.definition[0]!.sql).toContain('"none"');
  });
});
