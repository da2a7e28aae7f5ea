import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEngine, postgresServer } from '../support/engines.ts';
import type { Bench, Script } from '../support/exact/bench.ts';
import { countLiterals, type Extreme, extremesScript } from '../support/exact/extremes.ts';
import { hostileNames } from '../support/exact/names.ts';
import { exactPostgres } from '../support/exact/postgres-bench.ts';
import { quoteLiteral } from '../support/exact/postgres-values.ts';
import { differentWays, proveRoundTrip } from '../support/exact/round-trip.ts';
import { extremeTexts } from '../support/exact/texts.ts';

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const rules = { quote, schema: 'Shop\'s "own"' };
const texts = (type: string, ...values: readonly string[]): Extreme => ({
  title: `values of ${type}`,
  type,
  literals: values.map(quoteLiteral),
});
const allBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const extremes: readonly Extreme[] = [
  texts('smallint', '0', '-32768', '32767'),
  texts('integer', '0', '-2147483648', '2147483647'),
  texts(
    'bigint',
    '0',
    '-9223372036854775808',
    '9223372036854775807',
    '9007199254740993',
    '-9007199254740993',
  ),
  texts(
    'numeric',
    'NaN',
    'Infinity',
    '-Infinity',
    '0',
    '0.00',
    '-0.0',
    '1.10',
    '1e-1000',
    '1e131071',
    `${'9'.repeat(1000)}.${'9'.repeat(1000)}`,
  ),
  texts(
    'numeric(65,30)',
    'NaN',
    `${'9'.repeat(35)}.${'9'.repeat(30)}`,
    `-${'9'.repeat(35)}.${'9'.repeat(30)}`,
    '0',
    `0.${'0'.repeat(29)}1`,
  ),
  texts(
    'real',
    'NaN',
    'Infinity',
    '-Infinity',
    '-0',
    '0',
    '1e-45',
    '3.4028235e38',
    '1.17549435e-38',
    '16777217',
    '0.1',
  ),
  texts(
    'double precision',
    'NaN',
    'Infinity',
    '-Infinity',
    '-0',
    '5e-324',
    '1.7976931348623157e308',
    '2.2250738585072014e-308',
    '0.1',
    '0.30000000000000004',
    '9007199254740993',
    '1e22',
  ),
  texts('money', '-92233720368547758.08', '92233720368547758.07', '-5.25', '0'),
  texts('text', ...extremeTexts),
  texts('character varying(300)', ...extremeTexts.filter((text) => [...text].length <= 300)),
  texts('character(10)', '', ' ', 'a', '\\N', '\t', 'é 😀'),
  texts(
    'date',
    'infinity',
    '-infinity',
    '4713-01-01 BC',
    '0001-12-31 BC',
    '5874897-12-31',
    '2024-02-29',
    '1582-10-10',
  ),
  texts(
    'timestamp',
    'infinity',
    '-infinity',
    '4713-01-01 00:00:00 BC',
    '294276-12-31 23:59:59.999999',
    '2024-02-29 23:59:59.999999',
    '1970-01-01',
    '0044-03-15 12:00 BC',
  ),
  texts(
    'timestamptz',
    ...[
      'infinity',
      '-infinity',
      '2024-03-31 00:59:59.999999+00',
      '2024-03-31 01:00:00+00',
      '2024-10-27 00:30:00+00',
      '2024-10-27 01:30:00+00',
    ],
    ...[
      '1883-11-18 12:03:57.999999+00',
      '2024-02-29 23:59:59.123456+15:59:59',
      '4713-01-01 00:00:00+00 BC',
      '294276-12-31 23:59:59.999999+00',
    ],
  ),
  texts('time', '00:00:00', '24:00:00', '23:59:59.999999', '12:34:56.000001'),
  texts('timetz', '00:00:00+15:59:59', '24:00:00-15:59:59', '12:34:56.123456+05:30', '02:30:00-00:00:01'),
  texts(
    'interval',
    '0',
    '1 year -2 mons +3 days -04:05:06.789',
    '-178000000 years',
    '2147483647 days',
    '1 day -24:00:00',
    '1 mon -1 day',
    '9223372036854.775807 secs',
  ),
  {
    title: 'every byte from 0 to 255, alone and together',
    type: 'bytea',
    literals: [...allBytes, allBytes.join(''), ''].map((hex) => `'\\x${hex}'`),
  },
  {
    title: 'NULL and the JSON null (jsonb)',
    type: 'jsonb',
    literals: ['NULL', `'null'`, `'"null"'`, `'{}'`, `'[null]'`, `'{"a": null}'`, `'""'`],
  },
  texts(
    'json',
    'null',
    '{"b": 1,\n\t"a": 1.10, "a": 2}',
    '12345678901234567890',
    '1e400',
    '"\\u0000"',
    '"\\ud800"',
    ' [ ] ',
    '-0.0',
  ),
  texts(
    'jsonb',
    '{"b": 1, "a": 1.10}',
    '12345678901234567890',
    '1e400',
    '-0.0',
    '"\\u0001"',
    '"😀"',
    '{"": 1, "__proto__": 2}',
  ),
  texts(
    'text[]',
    '{}',
    '{NULL,"NULL","",null}',
    '{{a,b},{"c,d","e\\"f"}}',
    '[0:1]={x,"y\\\\z"}',
    '{"\n","\t","{}","\\\\N"}',
    '[-2:-1][3:3]={{a},{NULL}}',
  ),
  texts('integer[]', '{}', '{NULL}', '{{1,NULL},{-2147483648,2147483647}}', '[5:6]={1,2}'),
  texts('timestamptz[]', '{infinity,"2024-02-29 23:59:59.999999+00",NULL}'),
  texts('bytea[]', '{"\\\\x00ff5c22",NULL,""}'),
  texts('jsonb[]', '{"{\\"a\\": null}",NULL,"null"}'),
  texts(
    'tstzrange',
    'empty',
    '(,)',
    '["2024-03-31 00:59:59.999999+00",infinity)',
    '[-infinity,"0044-03-15 00:00:00+00 BC"]',
  ),
  texts('numrange', 'empty', '(,)', '[1.10,2.200]', '(-Infinity,NaN]'),
  texts('int8multirange', '{}', '{(,)}', '{[-9223372036854775808,5),[7,9223372036854775807)}'),
  texts('public.citext', 'ABC', 'abc', '', 'É'),
  texts('public.hstore', '', '"a"=>NULL, "NULL"=>"NULL", ""=>"", "\\"\\\\"=>"=>"'),
  texts('tsvector', '', "'it''s':1A,16383D 'a b':2", "'\\\\':1"),
  texts('xml', '', '<a>é</a>', 'no root', '<a><![CDATA[<]]></a>', ' <a/>\n'),
  texts('bit varying', '', '0', '1010', '1'.repeat(1000)),
  texts('inet', '::', '1.2.3.4/31', '::ffff:1.2.3.4/96'),
  texts('interval[]', '{"1 mon -1 day",NULL,-00:00:00.000001}'),
];

const huge: readonly Extreme[] = [
  {
    title: 'a text of 16 MB that is full of escapes',
    type: 'text',
    literals: [`repeat(E'é"\\n\\\\x\\t', 2097152)`],
  },
  { title: 'bytes of 16 MB', type: 'bytea', literals: [`decode(repeat('00ff275c', 4194304), 'hex')`] },
];

const schema = quote('names');
const names = hostileNames.filter((name) => Buffer.byteLength(name) <= 63);

/** Tables and columns of these names, with a key, a counter, and a row that points to itself. */
function namesScript(): Script {
  const tables = names.map((name, index) => ({
    name,
    index,
    column: quote(name),
    table: `${schema}.${quote(name)}`,
  }));
  return {
    create: [
      `CREATE SCHEMA ${schema}`,
      ...tables.map(
        ({ column, table }) =>
          `CREATE TABLE ${table} (${column} integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "p""r" integer, v text UNIQUE)`,
      ),
      `CREATE TABLE ${schema}."all of them" (${tables.map(({ column }) => `${column} integer`).join(', ')})`,
    ],
    fill: [
      ...tables.map(
        ({ name, index, table }) =>
          `INSERT INTO ${table} OVERRIDING SYSTEM VALUE VALUES (${index + 5}, ${index + 5}, ${quoteLiteral(name)})`,
      ),
      `INSERT INTO ${schema}."all of them" VALUES (${tables.map(({ index }) => index).join(', ')})`,
      ...tables.map(
        ({ name, index, table }) =>
          `SELECT setval(pg_get_serial_sequence(${quoteLiteral(table)}, ${quoteLiteral(name)}), ${index + 7})`,
      ),
    ],
    finish: tables.map(
      ({ column, table }) =>
        `ALTER TABLE ${table} ADD CONSTRAINT ${column} FOREIGN KEY ("p""r") REFERENCES ${table} (${column})`,
    ),
    damage: [
      ...tables.map(({ table }) => `DELETE FROM ${table}`),
      `UPDATE ${schema}."all of them" SET id = 99`,
    ],
    wipe: [],
    probes: tables.map(({ table }) => `INSERT INTO ${table} (v) VALUES ('new')`),
    canCreateSchema: true,
    schemas: ['names'],
  };
}

function wideScript(): Script {
  const types = ['smallint', 'boolean', '"char"', 'integer', 'date'];
  const values = ['-32768', 'true', `'"'`, 'NULL', 'NULL'];
  const columns = Array.from({ length: 1600 }, (_, index) => `"c ${index}" ${types[index % 5]}`);
  const row = columns.map((_, index) => values[index % 5]).join(', ');
  return {
    create: ['CREATE SCHEMA wide', `CREATE TABLE wide.wide (${columns.join(', ')})`],
    fill: [`INSERT INTO wide.wide VALUES (${row})`, `INSERT INTO wide.wide ("c 1599") VALUES ('2024-02-29')`],
    finish: [],
    damage: [`UPDATE wide.wide SET "c 0" = 1`, 'INSERT INTO wide.wide DEFAULT VALUES'],
    wipe: [],
    probes: [],
    canCreateSchema: true,
    schemas: ['wide'],
  };
}

describeEngine(postgresServer, 'extremes of PostgreSQL', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await exactPostgres.open();
  });
  afterAll(() => bench.close());

  it.each(differentWays)('come back to the bit: every type of value, $title', async ({ ways }) => {
    const rows = await proveRoundTrip(bench, extremesScript(extremes, rules), { ways });
    expect(rows).toBe(countLiterals(extremes));
  });

  it('come back to the bit: values of 16 MB', async () => {
    expect(await proveRoundTrip(bench, extremesScript(huge, rules))).toBe(countLiterals(huge));
  });

  it.each(differentWays)('come back to the bit: hostile names, $title', async ({ ways }) => {
    expect(await proveRoundTrip(bench, namesScript(), { ways })).toBe(names.length + 1);
  });

  it('come back to the bit: 1,600 columns', async () => {
    expect(await proveRoundTrip(bench, wideScript())).toBe(2);
  });
});
