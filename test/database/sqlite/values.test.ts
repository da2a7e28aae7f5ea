import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestSqlite, makeSqliteFile } from '../../support/sqlite.ts';
import { capture, copyThroughSnapshot, linesOf, restoreInto } from './round-trip.ts';

const extremes: readonly (readonly [title: string, sql: string, token: string])[] = [
  ['NULL', 'NULL', 'null'],
  ['zero', '0', '0'],
  ['the greatest safe integer', '9007199254740991', '9007199254740991'],
  ['the least safe integer', '-9007199254740991', '-9007199254740991'],
  ['the first unsafe integer', '9007199254740992', '{"i":"9007199254740992"}'],
  ['2^63 - 1', '9223372036854775807', '{"i":"9223372036854775807"}'],
  ['-2^63', '-9223372036854775808', '{"i":"-9223372036854775808"}'],
  ['a whole real', '1.0', '1.0'],
  ['real zero', '0.0', '0.0'],
  ['negative zero', `CAST('-0.0' AS REAL)`, '{"r":"-0.0"}'],
  ['a tenth', '0.1', '0.1'],
  ['the least denormal', '5e-324', '4.9406564584124654e-324'],
  ['a great real', '1e300', '1.0e+300'],
  ['a real beyond the safe integers', '9007199254740993.0', '9007199254740992.0'],
  ['infinity', '9e999', '{"r":"Infinity"}'],
  ['negative infinity', '-9e999', '{"r":"-Infinity"}'],
  ['an empty text', `''`, '""'],
  ['text that looks like a number', `'1'`, '"1"'],
  ['text that looks like JSON', `'{"b":"00"}'`, String.raw`"{\"b\":\"00\"}"`],
  ['text from a JSON function', `json('[1, 2]')`, '"[1,2]"'],
  [
    'quotes, backslashes and controls',
    `'"\\' || char(1, 8, 9, 10, 12, 13, 31, 127)`,
    String.raw`"\"\\\u0001\b\t\n\f\r\u001f${'\x7f'}"`,
  ],
  ['text with NUL', `'a' || char(0) || 'b'`, String.raw`"a\u0000b"`],
  ['a four-byte character', 'char(128512)', '"😀"'],
  ['line separators', 'char(8232, 8233)', '"\u2028\u2029"'],
  ['non-characters', 'char(65534, 65535)', '"\ufffe\uffff"'],
  ['bytes that are no UTF-8', `CAST(x'61ff0022c3' AS TEXT)`, '{"t":"61FF0022C3"}'],
  ['a lone surrogate', `CAST(x'eda080' AS TEXT)`, '{"t":"EDA080"}'],
  ['an overlong NUL', `CAST(x'c080' AS TEXT)`, '{"t":"C080"}'],
  ['an empty blob', `x''`, '{"b":""}'],
  ['a blob', `x'00ff7f80'`, '{"b":"00FF7F80"}'],
  ['a blob that is JSONB', `jsonb('[1,"a"]')`, '{"b":"4B13311761"}'],
];

describe('cells', () => {
  it.each(extremes)('encodes %s exactly in a column without affinity', async (_, sql, token) => {
    const file = makeSqliteFile(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, ${sql})`,
    );
    expect(linesOf(await capture(file), 't')).toEqual([`[1,${token}]`]);
  });

  it.each(['', 'INTEGER', 'REAL', 'NUMERIC', 'TEXT', 'BLOB', 'DATETIME', 'BOOLEAN', 'JSONB'])(
    'come back exactly from a column of type "%s"',
    async (type) => {
      const values = extremes.map(([, sql], index) => `(${index}, ${sql})`).join(', ');
      const file = makeSqliteFile(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v ${type}); INSERT INTO t VALUES ${values}`,
      );
      expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
    },
  );

  it('read the same whether rows are read in batches, one by one or without row numbers', async () => {
    const values = extremes.map(([, sql], index) => `(${index}, ${sql})`).join(', ');
    const file = makeSqliteFile(`
      CREATE TABLE batched (id INTEGER PRIMARY KEY, v); INSERT INTO batched VALUES ${values};
      CREATE TABLE scanned (id INTEGER PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO scanned VALUES ${values};
      CREATE TABLE large (id INTEGER PRIMARY KEY, v, big); INSERT INTO large SELECT id, v, printf('%.*c', 200000, 'x') FROM batched;`);
    const captured = await capture(file);
    expect(linesOf(captured, 'scanned')).toEqual(linesOf(captured, 'batched'));
    const tail = `,"${'x'.repeat(200_000)}"]`;
    expect(linesOf(captured, 'large')).toEqual(
      linesOf(captured, 'batched').map((line) => line.slice(0, -1) + tail),
    );
  });

  it.each(['UTF-16le', 'UTF-16be'])('come back exactly in a database that stores %s', async (encoding) => {
    const isLittle = encoding === 'UTF-16le';
    // Casts take the bytes as they are; SQLite's own conversion would replace the non-characters.
    const special = `CAST(x'${isLittle ? 'fefffffffffe' : 'fffefffffeff'}' AS TEXT)`;
    const texts = [`x''`, `'a' || char(0) || '"\\'`, 'char(128512)', special, `'123'`, '9e999', '-5'];
    const lone = isLittle ? `CAST(x'00d84100' AS TEXT)` : `CAST(x'd8000041' AS TEXT)`;
    const values = [...texts, lone].map((sql, index) => `(${index}, ${sql})`).join(', ');
    const file = makeSqliteFile(`PRAGMA encoding = '${encoding}';
      CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES ${values};
      CREATE TABLE "é😀" (id TEXT PRIMARY KEY NOT NULL, v) WITHOUT ROWID; INSERT INTO "é😀" SELECT 'ключ' || id, v FROM t`);
    const captured = await capture(file);
    expect(linesOf(captured, 't')).toContain('[3,"\ufffe\uffff\ufeff"]');
    expect(linesOf(captured, 't')).toContain('[7,{"t":"EDA08041"}]');
    const before = digestSqlite(file);
    const database = new Database(file);
    database.exec('DELETE FROM t; DELETE FROM "é😀"');
    database.close();
    await restoreInto(file, captured);
    expect(digestSqlite(file)).toEqual(before);
  });

  it('gives reals of every exponent back to the bit', async () => {
    const file = makeSqliteFile('CREATE TABLE t (id INTEGER PRIMARY KEY, untyped, typed REAL)');
    const database = new Database(file);
    const insert = database.prepare('INSERT INTO t (untyped, typed) VALUES (?, ?)');
    const mantissas = [1, 1 + Number.EPSILON, 1.5, 2 - Number.EPSILON, Math.PI / 2];
    database.transaction(() => {
      for (let exponent = -1074; exponent < 1024; exponent++) {
        for (const mantissa of mantissas) insert.run(mantissa * 2 ** exponent, -mantissa * 2 ** exponent);
      }
    })();
    database.close();
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });

  it('holds rows of 16 MB, texts and blobs', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB);
      INSERT INTO t VALUES (1, 'small', x'01'), (2, printf('%.*c', 16000000, '"'), randomblob(16000000)), (3, '', x'')`);
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });

  it('keeps chunks small where rows grow large without warning', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO t SELECT i, CASE WHEN i % 4000 > 3990 THEN randomblob(1000000) ELSE x'00' END FROM n`);
    const { chunks } = await capture(file);
    const sizes = chunks.get('t')!.map(({ bytes }) => bytes.length);
    expect(Math.max(...sizes)).toBeLessThan(2_100_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(90_000_000);
  });
});

describe('tables', () => {
  it.each([1600, 2000])('holds tables of %i columns', async (count) => {
    const columns = Array.from({ length: count }, (_, index) => `c${index}`);
    const values = columns.map((_, index) => extremes[index % extremes.length]![1]);
    const file =
      makeSqliteFile(`CREATE TABLE t (${columns.join(', ')}); INSERT INTO t VALUES (${values.join(', ')});
      INSERT INTO t SELECT * FROM t`);
    const captured = await capture(file);
    const tokens = columns.map((_, index) => extremes[index % extremes.length]![2]);
    expect(linesOf(captured, 't')).toEqual([`[${tokens}]`, `[${tokens}]`]);
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });

  it('reads tables whose columns take every name of the row number', async () => {
    const file = makeSqliteFile(`
      CREATE TABLE a (rowid TEXT, v); INSERT INTO a VALUES ('z', 1), ('a', 2);
      CREATE TABLE b (RowId, _rowid_, oid); INSERT INTO b VALUES ('z', 1, 2), ('a', 3, 4);
      CREATE TABLE c (oid INTEGER PRIMARY KEY, rowid, _rowid_, number, line); INSERT INTO c VALUES (-5, 'r', 's', 't', 'u');
      CREATE TABLE edge (id INTEGER PRIMARY KEY); INSERT INTO edge VALUES (-9223372036854775808), (0), (9223372036854775807)`);
    const captured = await capture(file);
    expect(linesOf(captured, 'a')).toEqual(['["z",1]', '["a",2]']);
    expect(linesOf(captured, 'edge')).toHaveLength(3);
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });

  it('keeps hostile names as they are', async () => {
    const names = [
      'quo"te',
      "apo'strophe",
      'line\nfeed',
      '--comment',
      '/*',
      ';drop',
      '😀',
      'select',
      '__proto__',
      ' ',
      '[a]',
      '`b`',
      '$[0]',
    ];
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
    const file = makeSqliteFile(
      quoted
        .map(
          (name) =>
            `CREATE TABLE ${name} (${quoted.map((column) => `${column} TEXT`).join(', ')}); CREATE UNIQUE INDEX ${name.slice(0, -1)} i" ON ${name}(${quoted[0]}); INSERT INTO ${name} VALUES (${names.map((_, index) => index).join(', ')});`,
        )
        .join('\n'),
    );
    const captured = await capture(file);
    expect(captured.catalogue.tables.map(({ name }) => name)).toEqual(names.toSorted());
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });

  it('stores generated columns in the snapshot and leaves them to the database', async () => {
    const file = makeSqliteFile(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT, v TEXT AS (json(doc)) VIRTUAL, s INTEGER AS (id * 2) STORED, last TEXT);
      INSERT INTO t (doc, last) VALUES ('{"a": 1}', 'x'), (NULL, 'y')`);
    const captured = await capture(file);
    expect(linesOf(captured, 't')).toEqual([
      String.raw`[1,"{\"a\": 1}","{\"a\":1}",2,"x"]`,
      '[2,null,null,4,"y"]',
    ]);
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });

  it('round-trips STRICT tables', async () => {
    const file = makeSqliteFile(`CREATE TABLE t (i INT, n INTEGER, r REAL, x TEXT, b BLOB, a ANY) STRICT;
      INSERT INTO t VALUES (1, 9223372036854775807, 2, '3', x'04', '5'), (NULL, NULL, NULL, NULL, NULL, 5), (0, 0, 0, '', x'', 5.0)`);
    expect(linesOf(await capture(file), 't')[0]).toBe(
      '[1,{"i":"9223372036854775807"},2.0,"3",{"b":"04"},"5"]',
    );
    expect(digestSqlite(await copyThroughSnapshot(file))).toEqual(digestSqlite(file));
  });
});

describe('generated databases', () => {
  const types = ['', 'INTEGER', 'REAL', 'NUMERIC', 'TEXT', 'BLOB', 'DATETIME', 'DECIMAL(10,2)', 'VARCHAR(3)'];
  const value = fc.oneof(
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer().map(BigInt),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('0', '1', '.', 'e', '-', '+', ' ', '\t', '\0', 'x') }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(...extremes.map(([, sql]) => ({ sql }))),
  );
  const cell = (input: unknown) => (isSql(input) ? input.sql : '?');
  const isSql = (input: unknown): input is { sql: string } =>
    typeof input === 'object' && input !== null && 'sql' in input;

  it('come back as they were, and give the same lines again', async () => {
    const cases = fc.asyncProperty(
      fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 6 }),
      fc.infiniteStream(value),
      fc.nat({ max: 12 }),
      fc.boolean(),
      async (columnTypes, values, rowCount, isWithoutRowid) => {
        const columns = columnTypes.map((type, index) => `c${index} ${type}`).join(', ');
        const file = makeSqliteFile(
          `CREATE TABLE t (id INTEGER PRIMARY KEY, ${columns})${isWithoutRowid ? ' WITHOUT ROWID' : ''}`,
        );
        const database = new Database(file);
        for (let row = 0; row < rowCount; row++) {
          const inputs = columnTypes.map(() => values.next().value);
          const bound = inputs.filter((input) => !isSql(input));
          database.prepare(`INSERT INTO t VALUES (${row}, ${inputs.map(cell).join(', ')})`).run(...bound);
        }
        database.close();
        const copy = await copyThroughSnapshot(file);
        expect(digestSqlite(copy)).toEqual(digestSqlite(file));
        expect(linesOf(await capture(copy), 't')).toEqual(linesOf(await capture(file), 't'));
      },
    );
    await fc.assert(cases, { numRuns: Number(process.env['HOLDFAST_PROPERTY_RUNS'] ?? 200) });
  });
});
