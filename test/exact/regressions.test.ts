import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../support/engines.ts';
import type { Bench, Script } from '../support/exact/bench.ts';
import { exactMysql } from '../support/exact/mysql-bench.ts';
import { proveRoundTrip } from '../support/exact/round-trip.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';

function script(parts: Pick<Script, 'create' | 'fill' | 'damage'> & Partial<Script>): Script {
  return { finish: [], wipe: [], probes: [], canCreateSchema: true, schemas: [], ...parts };
}

/** What generated databases have found, each as small as it became. */
interface Found {
  readonly title: string;
  readonly script: Script;
}

const foundOnSqlite: readonly Found[] = [
  {
    title: 'two tables with texts that might be numbers',
    script: script({
      create: ['CREATE TABLE a (v DECIMAL)', 'CREATE TABLE b (v BOOLEAN)'],
      fill: [`INSERT INTO a VALUES (char(9))`, `INSERT INTO b VALUES (' 1e'), ('-36893488147419103231')`],
      damage: ['DELETE FROM a', 'DELETE FROM b'],
    }),
  },
  {
    title: 'a number that points to a text which only looks equal',
    script: script({
      create: ['CREATE TABLE a (id TEXT PRIMARY KEY, parent REAL REFERENCES a (id))'],
      fill: [`INSERT INTO a VALUES ('0', 0.0)`],
      damage: ['UPDATE a SET id = 5'],
    }),
  },
];

const foundOnMariadb: readonly Found[] = [
  {
    title: 'empty geometries of rows that are older than their column',
    script: script({
      create: [`CREATE TABLE a (id int PRIMARY KEY, e enum('x'))`],
      fill: ['INSERT INTO a VALUES (1, 1), (2, NULL)'],
      finish: [
        'ALTER TABLE a ADD g geometry NOT NULL',
        `INSERT IGNORE INTO a VALUES (3, 'none', point(1, 2)), (4, 'none', NULL), (5, 'x', point(3, 4)), (6, 'x', NULL)`,
      ],
      damage: ['DELETE FROM a WHERE id < 3', 'UPDATE a SET e = NULL'],
    }),
  },
];

describe('SQLite databases that once did not come back', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await exactSqlite.open();
  });
  afterAll(() => bench.close());

  it.each(foundOnSqlite)('come back: $title', async ({ script: one }) => {
    expect(await proveRoundTrip(bench, one)).toBeGreaterThan(0);
  });
});

describeEngine(mysqlServer, 'MariaDB databases that once did not come back', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await exactMysql.open();
  });
  afterAll(() => bench.close());

  it.each(foundOnMariadb)('come back: $title', async ({ script: one }) => {
    expect(await proveRoundTrip(bench, one)).toBeGreaterThan(0);
  });
});
