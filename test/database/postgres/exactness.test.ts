import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/ports/database.ts';
import {
  createDatabase,
  digestPostgres,
  type PostgresServer,
  postgresTarget,
  type TestDatabase,
} from '../../support/postgres.ts';
import { type Backup, backUp, linesOf, restore, scope, servers } from './round-trip.ts';

/** Values that something between two databases has lost before, by type. */
const extremes: Readonly<Record<string, readonly string[]>> = {
  smallint: [`'-32768'`, `'32767'`, `'0'`],
  integer: [`'-2147483648'`, `'2147483647'`],
  bigint: [`'-9223372036854775808'`, `'9223372036854775807'`, `'9007199254740993'`],
  oid: [`'4294967295'`, `'0'`],
  numeric: [
    `'NaN'`,
    `'1.10'`,
    `'-0.000'`,
    `'1e-16383'`,
    `repeat('9', 131072)::numeric`,
    `'0.1' || repeat('0', 60)`,
  ],
  'numeric(65,30)': [`'99999999999999999999999999999999999.999999999999999999999999999999'`, `'0.1'`],
  real: [
    `'NaN'`,
    `'Infinity'`,
    `'-Infinity'`,
    `'-0'`,
    `'1e-45'`,
    `'3.4028235e38'`,
    `'0.1'`,
    `'1.17549435e-38'`,
  ],
  'double precision': [
    `'NaN'`,
    `'Infinity'`,
    `'-Infinity'`,
    `'-0'`,
    `'5e-324'`,
    `'1.7976931348623157e308'`,
    `'0.30000000000000004'`,
    `'2.2250738585072011e-308'`,
    `'9007199254740993'`,
  ],
  money: [
    `'-92233720368547758.08'::numeric::money`,
    `'-5.25'::numeric::money`,
    `'1234567.89'::numeric::money`,
  ],
  boolean: [`'t'`, `'f'`],
  text: [
    `''`,
    `' '`,
    `'null'`,
    `'\\N'`,
    `'\\.'`,
    `E'\\n\\r\\t\\b\\f\\v\\\\'`,
    `E'a\\u2028b\\u2029'`,
    `'😀🇦🇹👨‍👩‍👧'`,
    `'é'`,
    `U&'e\\0301'`,
    `U&'\\FEFF\\FFFE\\+10FFFF'`,
    `'"''\\"''--;/**/'`,
    `(SELECT string_agg(chr(i), '') FROM generate_series(1, 800) i)`,
    `repeat('é"\\', 3000000)`,
    `'{"a":12345678901234567890}'`,
    `'__proto__'`,
  ],
  'varchar(5)': [`'12345'`, `'é😀  '`],
  'char(5)': [`'a'`, `'     '`, `'12345'`],
  '"char"': [`'a'`, `' '`],
  name: [`'pg_catalog'`],
  bytea: [
    `''`,
    `'\\x00'`,
    `(SELECT string_agg(set_byte('\\x00', 0, i), '' ORDER BY i) FROM generate_series(0, 255) i)`,
    `decode(repeat('deadbeef', 4194304), 'hex')`,
  ],
  date: [`'infinity'`, `'-infinity'`, `'4713-01-01 BC'`, `'5874897-12-31'`, `'0001-01-01'`, `'2024-02-29'`],
  time: [`'24:00:00'`, `'00:00:00.000001'`, `'23:59:59.999999'`],
  timetz: [`'23:59:59.999999+15:59:59'`, `'00:00-15:59'`, `'12:00:00.5+05:30'`],
  timestamp: [
    `'infinity'`,
    `'-infinity'`,
    `'4713-01-01 00:00:00 BC'`,
    `'294276-12-31 23:59:59.999999'`,
    `'2024-03-31 02:30:00.123456'`,
  ],
  'timestamp(3)': [`'2024-02-29 23:59:59.999'`],
  timestamptz: [
    `'infinity'`,
    `'2024-10-27 00:30:00.000001+00'`,
    `'2024-10-27 01:30:00.000001+00'`,
    `'0044-03-15 12:00+00 BC'`,
    `'294276-12-31 23:59:59.999999+00'`,
  ],
  interval: [
    `'178000000 years'`,
    `'-1 mons +2 days -03:04:05.000006'`,
    `'1 mon -1 day'`,
    `'24:00:00'`,
    `'1 day'`,
    `'-00:00:00.000001'`,
  ],
  uuid: [`'00000000-0000-0000-0000-000000000000'`, `'ffffffff-ffff-4fff-bfff-ffffffffffff'`],
  json: [
    `'{"b": 1,  "a":1.10, "a":12345678901234567890}'`,
    `'null'`,
    `'""'`,
    `'"\\u0000"'`,
    `'[1e400, "\\ud83d\\ude00"]'`,
  ],
  jsonb: [`'{"b": 1, "a": 1.10, "n": 12345678901234567890.000}'`, `'null'`, `'[]'`, `'"\\"\\\\\\n"'`],
  'jsonb[]': [`ARRAY['{"a": "b\\"c"}', NULL]::jsonb[]`],
  xml: [`'<a b="c">&amp;<!-- x --></a>'::xml`, `'text only'::xml`],
  'text[]': [`'{}'`, `'{NULL,"NULL","",a\\\\b,"{}","a,b"}'`, `'[-1:0][2:3]={{a,b},{NULL,"d\\"e"}}'`],
  'numeric[]': [`'{NaN,1.10,NULL}'`],
  'timestamptz[]': [`'{infinity,"2024-01-01 00:00:00.000001+00",NULL}'`],
  'bytea[]': [`ARRAY['\\x00ff'::bytea, NULL]`],
  int4range: [`'empty'`, `'(,)'`, `'[-2147483648,5)'`],
  numrange: [`'(1.10,2.0]'`, `'(,NaN)'`],
  tstzrange: [`'["2024-01-01 00:00:00.000001+00",infinity]'`],
  inet: [`'::1/128'`, `'10.0.0.1/8'`, `'::ffff:1.2.3.4'`],
  cidr: [`'10.0.0.0/8'`, `'2001:db8::/32'`],
  macaddr: [`'08:00:2b:01:02:03'`],
  macaddr8: [`'08:00:2b:01:02:03:04:05'`],
  'bit(3)': [`B'101'`, `B'000'`],
  'bit varying': [`B''`, `B'10101010101'`],
  point: [`'(-0,1e-300)'`, `'(NaN,Infinity)'`],
  path: [`'[(0,0),(1,1)]'`, `'((0,0),(1,1))'`],
  polygon: [`'((0,0),(0.1,0.2),(1e10,3))'`],
  circle: [`'<(0.1,0.2),0.3>'`],
  box: [`'(1,1),(0,0)'`],
  line: [`'{1,-1,0.1}'`],
  tsvector: [`$$'a':1A,3B 'b c':2 'd''e'$$`, `''`],
  tsquery: [`$$'a' & !( 'b':*A | 'c' ) <-> 'd'$$`],
  pg_lsn: [`'FFFFFFFF/FFFFFFFF'`],
  txid_snapshot: [`'10:20:10,14,15'`],
  regclass: [`'pg_catalog.pg_class'`, `'public."odd ""name"""'`],
  citext: [`'MiXed'`],
  hstore: [`'"a\\"b"=>NULL, "c"=>"NULL", ""=>""'`],
  ltree: [`'Top.Science_1'`],
  cube: [`'(0.1,-0),(1e300,2)'`],
  '"Mood ""x"""': [`'so, so'`, `'it''s "ok"'`, `''`],
  '"Mood ""x"""[]': [`ARRAY['so, so', NULL]::"Mood ""x"""[]`],
  pair: [`ROW(NULL, '')`, `ROW(1, 'a,"b)\\')`, `ROW(NULL, NULL)`],
  posint: [`'7'`, `NULL`],
  posints: [`'{1,2}'`],
  floatrange: [`'[0.1,Infinity)'`],
};

const hostileNames = [
  '"',
  "'",
  'a"b',
  'a\nb',
  '--',
  '/* x',
  '😀',
  'select',
  '__proto__',
  'constructor',
  ' ',
  'a.b',
  '\\',
  '$$',
  '%s%I',
  'é',
  'É',
  'E\u0301',
  'a\tb',
  ';DROP TABLE x',
  '\u0001',
  'x'.repeat(63),
];

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe.each(servers)('values on $label', ({ start }) => {
  let server: PostgresServer;
  let source: TestDatabase;
  let copy: TestDatabase;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    source = await createDatabase(server);
    copy = await createDatabase(server);
  });
  afterEach(async () => {
    await source.drop();
    await copy.drop();
  });

  /** Backs up, re-creates in an empty database and in place, and compares all by the server's own means. */
  async function expectExactTwice(wanted: Scope = scope): Promise<Backup> {
    const before = await digestPostgres(source.client);
    const backup = await backUp(postgresTarget(source.url), wanted);
    expect(await restore(postgresTarget(copy.url), backup, { createSchema: true, scope: wanted })).toEqual(
      [],
    );
    expect(await digestPostgres(copy.client)).toEqual(before);
    expect(await restore(postgresTarget(source.url), backup, { scope: wanted })).toEqual([]);
    expect(await digestPostgres(source.client)).toEqual(before);
    const again = await backUp(postgresTarget(copy.url), wanted);
    for (const table of backup.catalogue.tables) {
      expect(
        linesOf(again, table.schema!, table.name).join('\n') ===
          linesOf(backup, table.schema!, table.name).join('\n'),
      ).toBe(true);
    }
    expect(again.catalogue.tables.map((table) => table.columns)).toEqual(
      backup.catalogue.tables.map((table) => table.columns),
    );
    return backup;
  }

  it('come back to the bit, for every type and whatever the database is set to', async () => {
    await source.run(
      `CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION cube`,
      `CREATE TYPE "Mood ""x""" AS ENUM ('so, so', 'it''s "ok"', '')`,
      `CREATE TYPE pair AS (a int, b text)`,
      `CREATE DOMAIN posint AS int CHECK (VALUE > 0); CREATE DOMAIN posints AS int[]`,
      `CREATE TYPE floatrange AS RANGE (subtype = float8)`,
      `CREATE TABLE "odd ""name""" (i int); CREATE TABLE public.pg_class (i int)`,
    );
    for (const [type, values] of Object.entries(extremes)) {
      const table = quote(`t ${type}`);
      await source.run(
        `CREATE TABLE ${table} (id serial PRIMARY KEY, v ${type})`,
        `INSERT INTO ${table} (v) VALUES (NULL)`,
      );
      for (const value of values) await source.run(`INSERT INTO ${table} (v) SELECT (${value})::${type}`);
    }
    for (const database of [source, copy]) {
      await database.run(
        `ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Kolkata'`,
        `ALTER DATABASE ${database.name} SET DateStyle = 'German, DMY'`,
        `ALTER DATABASE ${database.name} SET IntervalStyle = 'sql_standard'`,
        `ALTER DATABASE ${database.name} SET extra_float_digits = 0`,
        `ALTER DATABASE ${database.name} SET bytea_output = 'escape'`,
        `ALTER DATABASE ${database.name} SET xmloption = 'document'`,
        `ALTER DATABASE ${database.name} SET search_path = 'nowhere'`,
        `ALTER DATABASE ${database.name} SET default_transaction_read_only = on`,
      );
    }
    const backup = await backUp(postgresTarget(source.url));
    expect(await restore(postgresTarget(copy.url), backup, { createSchema: true })).toEqual([]);
    expect(await digestPostgres(copy.client)).toEqual(await digestPostgres(source.client));
    expect(linesOf(backup, 'public', 't bigint')[1]).toBe('[2,"-9223372036854775808"]');
    expect(linesOf(backup, 'public', 't posint')).toEqual(['[1,null]', '[2,7]', '[3,null]']);
    expect(linesOf(backup, 'public', 't jsonb')[2]).toBe('[3,"null"]');
  }, 120_000);

  it('come back from hostile identifiers', async () => {
    for (const name of hostileNames) {
      const quoted = quote(name);
      await source.run(
        `CREATE SCHEMA IF NOT EXISTS ${quote('s"; --')}`,
        `CREATE TABLE ${quoted} (${quoted} serial PRIMARY KEY, ${quote(`${name}2`.slice(-60))} text UNIQUE)`,
        `INSERT INTO ${quoted} VALUES (DEFAULT, ${source.client.escapeLiteral(name)}), (DEFAULT, NULL)`,
      );
    }
    await source.run(
      `CREATE TABLE ${quote('s"; --')}.t (id int PRIMARY KEY)`,
      ...hostileNames.map((name, i) => `CREATE TABLE child_${i} (p int REFERENCES ${quote(name)})`),
    );
    const backup = await expectExactTwice({ allSchemas: true });
    const names = backup.catalogue.tables
      .filter((table) => table.schema === 'public')
      .map((table) => table.name);
    expect(names).toEqual(expect.arrayContaining([...hostileNames]));
    expect(names).toEqual(names.toSorted());
    expect(backup.catalogue.leftOut).toEqual([]);
    const { leftOut } = (await backUp(postgresTarget(source.url))).catalogue;
    expect(leftOut).toContainEqual(expect.objectContaining({ kind: 'schema', name: 's"; --' }));
  });

  it('come back from tables with 1,600 columns, with none, and unlogged ones', async () => {
    const columns = Array.from({ length: 1600 }, (_, i) => `c${i} ${i % 2 === 0 ? 'int' : 'text'}`);
    await source.run(
      `CREATE TABLE wide (${columns.join(', ')})`,
      `INSERT INTO wide (c0, c1, c1599) VALUES (1, 'a', 'z'), (NULL, NULL, NULL)`,
      `CREATE TABLE none (); INSERT INTO none DEFAULT VALUES; INSERT INTO none DEFAULT VALUES`,
      `CREATE UNLOGGED TABLE quick (i int); INSERT INTO quick VALUES (1)`,
      `CREATE TABLE empty (i int)`,
    );
    const backup = await expectExactTwice();
    expect(linesOf(backup, 'public', 'none')).toEqual(['[]', '[]']);
    const { rows } = await copy.client.query(
      `SELECT relpersistence::text AS p FROM pg_class WHERE relname = 'quick'`,
    );
    expect(rows).toEqual([{ p: 'u' }]);
  });

  it('come back where columns were dropped and added, and rows are many', async () => {
    await source.run(
      `CREATE TABLE t (a int, gone text, b text)`,
      `INSERT INTO t SELECT i, 'x', repeat(md5(i::text), 1 + i % 20) FROM generate_series(1, 60000) i`,
      `ALTER TABLE t DROP COLUMN gone`,
      `ALTER TABLE t ADD COLUMN c bigint NOT NULL DEFAULT 5`,
    );
    const backup = await expectExactTwice();
    expect(linesOf(backup, 'public', 't')).toHaveLength(60_000);
  });
});
