import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mariadbSql } from '../../src/export/mysql-sql.ts';
import { postgresSql } from '../../src/export/postgres-sql.ts';
import { sqliteSql } from '../../src/export/sqlite-sql.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import type { ExactEngine, Script } from '../support/exact/bench.ts';
import { exactMysql } from '../support/exact/mysql-bench.ts';
import { exactPostgres } from '../support/exact/postgres-bench.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';
import { hostileScript } from '../support/export/hostile-script.ts';
import { differencesAfterExport } from '../support/export/prove-export.ts';

const timeoutMs = 120_000;
const none = { differences: {}, strays: [] };

/** Exports and loads so many generated databases. @returns the rows, and what was different */
async function loadGenerated<Model>(
  engine: ExactEngine<Model>,
  { seed, cases }: { readonly seed: number; readonly cases: number },
): Promise<{ readonly rows: number; readonly faults: readonly string[] }> {
  const bench = await engine.open();
  const faults: string[] = [];
  let rows = 0;
  try {
    for (let first = 0; first < cases; first += engine.batch) {
      const numbers = Array.from({ length: engine.batch }, (_, index) => first + index);
      const models = numbers.map(
        (number) => fc.sample(engine.models, { seed, path: String(number), numRuns: 1 })[0]!,
      );
      const script = engine.render(models);
      if (!canBeLoaded(script)) continue;
      const found = await differencesAfterExport(bench, script);
      rows += found.rows;
      if (Object.keys(found.differences).length + found.strays.length > 0)
        faults.push(`case ${first}: ${JSON.stringify(found)}`);
    }
  } finally {
    await bench.close();
  }
  return { rows, faults };
}

/** What a stored column computes is up to the client's version: SQLite 3.40 prints other digits of a real. */
function canBeLoaded({ canCreateSchema, create }: Script): boolean {
  return (
    canCreateSchema &&
    !create.some((statement) => /\bSTORED\b/.test(statement) && statement.includes(' AS ('))
  );
}

describe('SQL for sqlite3', () => {
  it('loads generated databases as they were', { timeout: timeoutMs }, async () => {
    const { rows, faults } = await loadGenerated(exactSqlite, { seed: 20_261, cases: 100 });
    expect(faults).toEqual([]);
    expect(rows).toBeGreaterThan(80);
  });

  it('loads hostile values and names, and nothing of them is run', { timeout: timeoutMs }, async () => {
    const bench = await exactSqlite.open();
    try {
      expect(await differencesAfterExport(bench, hostileScript.sqlite)).toEqual({
        ...none,
        rows: expect.any(Number),
      });
      const spoil = (sql: string): string => sql.replaceAll("''", "'");
      await expect(differencesAfterExport(bench, hostileScript.sqlite, { spoil })).rejects.toThrow(
        'the client exited',
      );
    } finally {
      await bench.close();
    }
  });
});

describeEngine(postgresServer, 'SQL for psql', () => {
  it('loads generated databases as they were', { timeout: timeoutMs }, async () => {
    const { rows, faults } = await loadGenerated(exactPostgres, { seed: 20_261, cases: 20 });
    expect(faults).toEqual([]);
    expect(rows).toBeGreaterThan(100);
  });

  it('loads hostile values and names, and nothing of them is run', { timeout: timeoutMs }, async () => {
    const bench = await exactPostgres.open();
    try {
      expect(await differencesAfterExport(bench, hostileScript.postgresql)).toEqual({
        ...none,
        rows: expect.any(Number),
      });
      const spoil = (sql: string): string => sql.replaceAll('\\\\', '\\');
      const spoilt = differencesAfterExport(bench, hostileScript.postgresql, { spoil });
      await expect(spoilt).rejects.toThrow('the client exited');
    } finally {
      await bench.close();
    }
  });
});

describeEngine(mysqlServer, 'SQL for mariadb', () => {
  it('loads generated databases as they were', { timeout: timeoutMs }, async () => {
    const { rows, faults } = await loadGenerated(exactMysql, { seed: 20_261, cases: 20 });
    expect(faults).toEqual([]);
    expect(rows).toBeGreaterThan(100);
  });

  it.each([
    ['', 'as servers come'],
    [
      "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,NO_ZERO_DATE,STRICT_ALL_TABLES'",
      'under other modes',
    ],
  ])(
    'loads hostile values and names, and nothing of them is run: %j',
    { timeout: timeoutMs },
    async (init) => {
      const bench = await exactMysql.open();
      try {
        expect(await differencesAfterExport(bench, hostileScript.mysql, { init })).toEqual({
          ...none,
          rows: expect.any(Number),
        });
        const spoil = (sql: string): string => sql.replaceAll("\\'", "'");
        await expect(differencesAfterExport(bench, hostileScript.mysql, { init, spoil })).rejects.toThrow(
          'the client exited',
        );
      } finally {
        await bench.close();
      }
    },
  );
});

describe('a stored definition that would give the client commands', () => {
  it.each([
    { dialect: postgresSql, sql: 'CREATE TABLE "a" (b text);\n\\! touch canary' },
    { dialect: postgresSql, sql: 'CREATE TABLE "a" (b text DEFAULT \'x)' },
    { dialect: postgresSql, sql: 'CREATE TABLE a (b text) \\g |touch canary' },
    { dialect: sqliteSql, sql: 'CREATE TABLE a (b);\n.shell touch canary\n' },
    { dialect: sqliteSql, sql: "ATTACH 'canary' AS c" },
    { dialect: mariadbSql, sql: 'CREATE TABLE `a` (`b` int) \\! touch canary' },
    { dialect: mariadbSql, sql: 'CREATE TABLE `a` (`b` int); system touch canary' },
    { dialect: mariadbSql, sql: 'source canary' },
    { dialect: sqliteSql, sql: 'CREATE TABLE "a\r\nb" (c)' },
    { dialect: mariadbSql, sql: 'CREATE TABLE `a\r\nb` (c int)' },
  ])('is refused: $sql', ({ dialect, sql }) => {
    expect(dialect.escapesClient({ kind: 'table', name: 'a', sql })).toBe(true);
  });

  it.each([
    {
      dialect: postgresSql,
      sql: `CREATE TABLE "a\\!" (b text DEFAULT E'\\n\\'x' CHECK (b <> '\\' OR b = $q$\\!$q$))`,
    },
    { dialect: sqliteSql, sql: `CREATE TABLE "a\n.shell" (b DEFAULT '\n.quit' -- .x\n)` },
    {
      dialect: mariadbSql,
      sql: "CREATE TABLE `a\\!;` (\n  `b` varchar(9) DEFAULT '\\\\;\\'' COMMENT ';'\n)",
    },
  ])('is told from one that only looks so in quotes: $sql', ({ dialect, sql }) => {
    expect(dialect.escapesClient({ kind: 'table', name: 'a', sql })).toBe(false);
  });
});
