import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaryWriterOf } from '../../../src/database/postgres/binary-cells.ts';
import { PostgresConnection } from '../../../src/database/postgres/connection.ts';
import { copyBinaryEnd, LinesToCopyBinary } from '../../../src/database/postgres/lines-to-copy-binary.ts';
import {
  createDatabase,
  type PostgresServer,
  postgresTarget,
  type TestDatabase,
} from '../../support/postgres.ts';
import { backUp, openOptions, servers } from './round-trip.ts';

interface TestType {
  readonly oid: number;
  /** The function that gives its bytes in the binary form. */
  readonly send: string;
  /** Values that go in the binary form. */
  readonly ordinary: readonly string[];
  /** Values that are left to the text form. */
  readonly odd?: readonly string[];
  /** A random value of row `i`. */
  readonly random: string;
}

const mood = 0;
const big = 'floor((random() - 0.5) * 2 ^ (1 + floor(random() * 61)))::int8';
const instant = `'0001-01-02'::timestamp + random() * interval '9997 years'`;
const text = `(SELECT string_agg(CASE WHEN random() < 0.8 THEN chr(1 + floor(random() * 300)::int) WHEN random() < 0.5 THEN chr(8000 + floor(random() * 9000)::int) ELSE chr(128512 + n % 60) END, '') FROM generate_series(1, 1 + i % 40) AS n)`;

const types: Readonly<Record<string, TestType>> = {
  bool: { oid: 16, send: 'boolsend', ordinary: [`'t'`, `'f'`], random: 'random() < 0.5' },
  bytea: {
    oid: 17,
    send: 'byteasend',
    ordinary: [`''`, `'\\x00'`, `'\\x0aff5c'`],
    random: `decode(md5(i::text) || md5(random()::text), 'hex')`,
  },
  int8: {
    oid: 20,
    send: 'int8send',
    ordinary: [
      '0',
      '-1',
      '4294967295',
      '-4294967296',
      '999999999999999',
      '-1000000000000000',
      '9223372036854775807',
      '-9223372036854775808',
    ],
    random: big,
  },
  int2: {
    oid: 21,
    send: 'int2send',
    ordinary: ['0', '-32768', '32767'],
    random: 'floor((random() - 0.5) * 65535)',
  },
  int4: {
    oid: 23,
    send: 'int4send',
    ordinary: ['0', '-2147483648', '2147483647'],
    random: 'floor((random() - 0.5) * 4294967295)',
  },
  text: {
    oid: 25,
    send: 'textsend',
    ordinary: [
      `''`,
      `'null'`,
      `'\\N'`,
      `E'\\b\\f\\n\\r\\t\\v\\\\"/'`,
      `'é€😀'`,
      `E'\\u0001\\u001f\\u007f\\u2028\\uffff'`,
    ],
    random: text,
  },
  json: {
    oid: 114,
    send: 'json_send',
    ordinary: [`'{"a" : [1, 1.0e5,"\\u00e9"]}'`, `'null'`, `' "x" '`],
    random: `to_json(${text})`,
  },
  float8: {
    oid: 701,
    send: 'float8send',
    ordinary: [
      '0',
      `'-0'`,
      '1.5',
      '1e300',
      '-1.7976931348623157e308',
      '5e-324',
      '2.2250738585072011e-308',
      '0.1',
      '1e21',
      '123456789012345680',
    ],
    odd: [`'NaN'`, `'Infinity'`, `'-Infinity'`],
    random: `(random() - 0.5) * 10 ^ (floor(random() * 600) - 300)`,
  },
  'char(7)': {
    oid: 1042,
    send: 'bpcharsend',
    ordinary: [`''`, `'a'`, `'1234567'`, `'é😀'`],
    random: `left(md5(i::text), i % 8)`,
  },
  'varchar(40)': { oid: 1043, send: 'varcharsend', ordinary: [`''`, `' a '`], random: text },
  date: {
    oid: 1082,
    send: 'date_send',
    ordinary: [
      `'0001-01-01'`,
      `'1582-10-15'`,
      `'1999-12-31'`,
      `'2000-01-01'`,
      `'2000-02-29'`,
      `'2024-02-29'`,
      `'1900-03-01'`,
      `'9999-12-31'`,
    ],
    odd: [`'infinity'`, `'0001-12-31 BC'`, `'10000-01-01'`],
    random: `(${instant})::date`,
  },
  time: {
    oid: 1083,
    send: 'time_send',
    ordinary: [`'00:00'`, `'23:59:59.999999'`, `'12:34:56.7'`],
    odd: [`'24:00'`],
    random: `(${instant})::time`,
  },
  timestamp: {
    oid: 1114,
    send: 'timestamp_send',
    ordinary: [
      `'0001-01-01'`,
      `'1999-12-31 23:59:59.999999'`,
      `'2000-01-01'`,
      `'9999-12-31 23:59:59.999999'`,
      `'1714-01-01 00:00:00.000001'`,
    ],
    odd: [`'infinity'`, `'-infinity'`, `'4713-01-01 BC'`, `'12345-06-07 08:09:10.5'`],
    random: instant,
  },
  timestamptz: {
    oid: 1184,
    send: 'timestamptz_send',
    ordinary: [
      `'0001-01-01 00:00+00'`,
      `'2024-03-31 02:30:00.123456+05:30'`,
      `'9999-12-31 23:59:59.999999+00'`,
    ],
    odd: [`'infinity'`, `'0001-01-01 00:00:00+01'`],
    random: `(${instant})::timestamptz`,
  },
  numeric: {
    oid: 1700,
    send: 'numeric_send',
    ordinary: [
      '0',
      '0.00',
      '1',
      '-1',
      '10000',
      '9999',
      '99999999',
      '100000000',
      '0.1',
      '0.0001',
      '0.00001',
      '-0.00010000',
      '1.10',
      '12345.678900',
      `repeat('9', 400)::numeric`,
      `('0.' || repeat('0', 300) || '1')::numeric`,
    ],
    odd: [`'NaN'`, `repeat('9', 2000)::numeric`],
    random: `round((${big})::numeric / 10::numeric ^ floor(random() * 15)::int, floor(random() * 20)::int)`,
  },
  'numeric(14,3)': {
    oid: 1700,
    send: 'numeric_send',
    ordinary: ['0', '-99999999999.999', '0.001'],
    random: `round((random() * 2000000 - 1000000)::numeric, 3)`,
  },
  uuid: {
    oid: 2950,
    send: 'uuid_send',
    ordinary: [`'00000000-0000-0000-0000-000000000000'`, `'ffffffff-ffff-ffff-ffff-fffffffffffe'`],
    random: `md5(random()::text)::uuid`,
  },
  jsonb: {
    oid: 3802,
    send: 'jsonb_send',
    ordinary: [`'{"a":[1,1.50,null,true]}'`, `'"\\u20ac\\n"'`],
    random: `jsonb_build_object('i', i, 't', ${text})`,
  },
  mood: {
    oid: mood,
    send: 'enum_send',
    ordinary: [`'so ''so'''`, `'"hé"'`],
    random: `(ARRAY['so ''so''', '"hé"'])[1 + i % 2]::mood`,
  },
};
const randomRows = 1500;

describe.each(servers)('COPY in the binary form, on $label', ({ start }) => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await start();
    database = await createDatabase(server);
  });
  afterAll(async () => {
    await database?.drop();
    server?.stop();
  });

  it.each(Object.entries(types))('stores what the text form does: %s', async (type, tested) => {
    const { oid, send, ordinary, odd = [], random } = tested;
    await database.run(`
      DROP TABLE IF EXISTS source, copy;
      DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('so ''so''', '"hé"');
      CREATE TABLE source (id int PRIMARY KEY, value ${type}); CREATE TABLE copy (LIKE source);
      INSERT INTO source VALUES (0, NULL), ${[...ordinary, ...odd].map((sql, i) => `(${i + 1}, ${sql})`).join(', ')};
      SELECT setseed(0.25);
      INSERT INTO source SELECT 1000 + i, ${random} FROM generate_series(1, ${randomRows}) AS i`);
    const left = await copyThrough({ typeOid: oid, isEnumeration: oid === mood });
    const {
      rows: [compared],
    } = await database.client.query(
      `SELECT count(*)::int AS rows, count(*) FILTER (WHERE ${send}(s.value) IS DISTINCT FROM ${send}(c.value))::int AS changed
       FROM source s JOIN copy c USING (id)`,
    );
    expect(left).toEqual(odd.map((_, index) => ordinary.length + 1 + index));
    expect(compared).toEqual({ rows: 1 + ordinary.length + randomRows, changed: 0 });
  });

  /** Copies `source` to `copy` row by row. @returns the ids that were left to the text form */
  async function copyThrough(column: { typeOid: number; isEnumeration: boolean }): Promise<number[]> {
    const { rows } = await backUp(postgresTarget(database.url));
    const lines = Buffer.concat(
      [...rows].find(([id]) => id.includes('source'))![1].map(({ bytes }) => bytes),
    );
    const id = binaryWriterOf({ typeOid: 23, isEnumeration: false })!;
    const form = new LinesToCopyBinary([id, binaryWriterOf(column)!]);
    const left: number[] = [];
    const connection = await PostgresConnection.open(postgresTarget(database.url), openOptions);
    try {
      const copy = connection.copyIn('COPY copy FROM STDIN (FORMAT binary)');
      for (const line of lines.toString('utf8').split('\n').slice(0, -1)) {
        const bytes = form.convert(Buffer.from(`${line}\n`));
        if (bytes === null) left.push((JSON.parse(line) as [number])[0]);
        else await copy.write(bytes);
      }
      await copy.write(copyBinaryEnd);
      await copy.finish();
    } finally {
      await connection.close();
    }
    return left;
  }
});
