import fc from 'fast-check';
import { bytesArbitrary, doubleArbitrary, integerArbitrary, rangeArbitrary, textArbitrary } from './texts.ts';

/** A built-in type, or one of an extension, with texts that it reads. */
export interface PostgresType {
  readonly type: string;
  readonly values: fc.Arbitrary<string>;
  /** Has an order, so it can be a key. */
  readonly isKey?: boolean;
  /** What stands between the elements of an array of it. */
  readonly delimiter?: string;
}

export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const one = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const mix = (edges: fc.Arbitrary<string>, others: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: edges }, { weight: 1, arbitrary: others });

const digits = fc.array(fc.nat(9), { minLength: 1, maxLength: 60 }).map((list) => list.join(''));
const fixedPoint = (whole: number, scale: number): fc.Arbitrary<string> =>
  fc
    .record({
      sign: one('', '-'),
      whole: digits.map((text) => text.slice(0, whole)),
      scale: digits.map((text) => text.slice(0, scale)),
    })
    .map((parts) => `${parts.sign}${parts.whole}.${parts.scale}`);
const cut = (length: number): fc.Arbitrary<string> =>
  textArbitrary.map((text) => [...text].slice(0, length).join(''));

/** Any real as the server prints it, or reads it. */
export const doubleTexts = fc.oneof(
  { weight: 5, arbitrary: doubleArbitrary.map((value) => (Object.is(value, -0) ? '-0' : String(value))) },
  { weight: 1, arbitrary: fc.constant('NaN') },
);
const realTexts = fc.oneof(
  {
    weight: 5,
    arbitrary: doubleArbitrary.map(Math.fround).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  },
  { weight: 1, arbitrary: one('NaN', '1.17549435e-38', '1e-45', '3.4028235e38', '16777217') },
);

const days = one(
  ...[
    '2024-02-29',
    '1970-01-01',
    '0001-01-01',
    '0001-12-31 BC',
    '0044-03-15 BC',
    '4713-01-01 BC',
    '9999-12-31',
  ],
  ...['5874897-12-31', 'infinity', '-infinity', '1582-10-10', '2000-01-01', '10000-01-01', '1900-02-28'],
);
const instants = fc.oneof(
  one(
    ...[
      '2024-02-29 23:59:59.999999',
      '1970-01-01 00:00:00',
      '0001-01-01 00:00:00',
      '0001-12-31 23:59:59.5 BC',
    ],
    ...[
      '4713-01-01 00:00:00 BC',
      '294276-12-31 23:59:59.999999',
      'infinity',
      '-infinity',
      '2000-01-01 00:00:00.000001',
    ],
    ...['1999-12-31 23:59:59.123456', '2024-03-10 02:30:00', '2024-10-27 02:30:00', '10000-01-01 00:00:00.1'],
  ),
  fc
    .record({
      day: one('2024-03-31', '1883-11-18', '2038-01-19', '0999-06-01'),
      micros: fc.nat(86_399_999_999 % 2 ** 31),
    })
    .map(
      ({ day, micros }) =>
        `${day} 01:${String(micros % 60).padStart(2, '0')}:59.${String(micros % 1_000_000).padStart(6, '0')}`,
    ),
);
const zoned = fc
  .record({
    instant: instants,
    zone: one('+00', '-05', '+05:30', '+14', '-12', '+15:59:59', ' Europe/Berlin', ' America/New_York'),
  })
  .map(({ instant, zone }) => (/infinity|BC|294276/.test(instant) ? instant : `${instant}${zone}`));
const clockTimes = one(
  '00:00:00',
  '24:00:00',
  '23:59:59.999999',
  '12:34:56.000001',
  '01:02:03.1',
  '00:00:00.5',
);
const intervals = one(
  ...[
    '0',
    '1 year -2 mons +3 days -04:05:06.789',
    '178000000 years',
    '-178000000 years',
    '1 mon -1 day',
    '-00:00:00.000001',
  ],
  ...[
    '2147483647 days',
    '-2147483648 days',
    '2147483647 mons',
    '24:00:00',
    '1 day -24:00:00',
    '9223372036854.775807 secs',
  ],
  ...['P1Y2M3DT4H5M6.7S', '-1 mon', '100000000:00:00', '1 day 00:00:00.1'],
);
const json = one(
  ...[
    'null',
    '1',
    '-0',
    '1.10',
    '12345678901234567890',
    '1e400',
    '1E-7',
    'true',
    '""',
    '"null"',
    '{}',
    '[]',
    '[null]',
  ],
  ...[
    '{"a": 1, "a": 2}',
    '{"b":1,"a":{"c":[1, 2.0,"x"]}}',
    ' {"a" : 1 } ',
    '"\\u00e9\\n\\"\\\\"',
    '"\\ud83d\\ude00"',
    '"😀"',
  ],
  ...[
    '{"": "", "__proto__": {"x": 1}, "constructor": null}',
    '[1.0, 1.00, 1]',
    '"\\u0001"',
    '{"9007199254740993": -0.0}',
  ],
);
const point = one('(0,0)', '(-0,0)', '(1e300,-1e-300)', '(NaN,Infinity)', '(0.1,0.2)', '(-Infinity,1)');

/** Built-in types and those of extensions, as the tables of applications have them and more. */
export const postgresTypes: readonly PostgresType[] = [
  { type: 'smallint', values: integerArbitrary(16).map(String), isKey: true },
  { type: 'integer', values: integerArbitrary(32).map(String), isKey: true },
  { type: 'bigint', values: integerArbitrary(64).map(String), isKey: true },
  {
    type: 'numeric',
    values: mix(
      one(
        'NaN',
        'Infinity',
        '-Infinity',
        '0',
        '0.00',
        '1.10',
        '1e-1000',
        '-1e1000',
        '1e131071',
        '9007199254740993.1',
      ),
      fixedPoint(40, 40),
    ),
    isKey: true,
  },
  {
    type: 'numeric(65,30)',
    values: mix(one('NaN', '0', '1', `${'9'.repeat(35)}.${'9'.repeat(30)}`), fixedPoint(35, 30)),
    isKey: true,
  },
  { type: 'numeric(5,2)', values: mix(one('NaN', '999.99', '-999.99', '0.01'), fixedPoint(3, 2)) },
  { type: 'real', values: realTexts, isKey: true },
  { type: 'double precision', values: doubleTexts, isKey: true },
  {
    type: 'money',
    values: one('0', '-92233720368547758.08', '92233720368547758.07', '-5.25', '0.01', '1234567.89'),
    isKey: true,
  },
  { type: 'text', values: textArbitrary, isKey: true },
  { type: 'text COLLATE "C"', values: textArbitrary, isKey: true },
  { type: 'character varying(10)', values: cut(10), isKey: true },
  { type: 'character varying', values: textArbitrary },
  { type: 'character(5)', values: cut(5), isKey: true },
  { type: '"char"', values: one('', 'a', ' ', '\\', '"', '\t', '\u007f', '\u0001') },
  {
    type: 'name',
    values: textArbitrary.map((text) =>
      Buffer.from(text).subarray(0, 15).toString('utf8').replaceAll('\ufffd', ''),
    ),
  },
  { type: 'bytea', values: bytesArbitrary.map((bytes) => `\\x${bytes.toString('hex')}`), isKey: true },
  { type: 'boolean', values: one('t', 'f'), isKey: true },
  { type: 'date', values: days, isKey: true },
  { type: 'time without time zone', values: clockTimes, isKey: true },
  { type: 'time(3) without time zone', values: clockTimes },
  {
    type: 'time with time zone',
    values: one('00:00:00+15:59:59', '24:00:00-15:59', '12:34:56.123456-00:00:01', '01:02:03.1+05:30'),
    isKey: true,
  },
  { type: 'timestamp without time zone', values: instants, isKey: true },
  {
    type: 'timestamp(3) without time zone',
    values: instants.filter((text) => !text.startsWith('294276')),
    isKey: true,
  },
  { type: 'timestamp(0) with time zone', values: zoned.filter((text) => !text.startsWith('294276')) },
  { type: 'timestamp with time zone', values: zoned, isKey: true },
  { type: 'interval', values: intervals, isKey: true },
  { type: 'interval day to second(3)', values: one('1 day 02:03:04.567891', '-1 day', '0') },
  { type: 'interval year to month', values: one('1-2', '-3-4', '0') },
  {
    type: 'uuid',
    values: fc.oneof(
      one('00000000-0000-0000-0000-000000000000', 'FFFFFFFF-ffff-FFFF-ffff-ffffffffffff'),
      fc.uuid(),
    ),
    isKey: true,
  },
  { type: 'json', values: fc.oneof(json, one('"\\u0000"', '{"a":1,\n\t"a":1}', '"\\ud800"')) },
  { type: 'jsonb', values: json, isKey: true },
  { type: 'jsonpath', values: one('$', '$.a[*] ? (@.b > 1)', 'strict $."__proto__"."a\\"b"', '$.** . c') },
  {
    type: 'xml',
    values: one(
      '',
      '<a>é</a>',
      'text &amp; more',
      '<a b="1"/><c/>',
      '<?xml version="1.0"?><a/>',
      '<![CDATA[<]]>',
      ' <a/> ',
      '<a>\n</a>',
    ),
  },
  {
    type: 'inet',
    values: one('::1/64', '10.0.0.1', '::ffff:1.2.3.4', '0.0.0.0/0', '192.168.1.5/24', 'fe80::1'),
    isKey: true,
  },
  { type: 'cidr', values: one('10.0.0.0/8', '::/0', '2001:db8::/32', '1.2.3.4/32'), isKey: true },
  {
    type: 'macaddr',
    values: one('00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '08-00-2b-01-02-03'),
    isKey: true,
  },
  { type: 'macaddr8', values: one('08:00:2b:01:02:03:04:05', 'ff:ff:ff:ff:ff:ff:ff:ff') },
  { type: 'bit(8)', values: one('00000000', '11111111', '10000001'), isKey: true },
  { type: 'bit varying', values: one('', '0', '1', '000000000', '1'.repeat(300)), isKey: true },
  { type: 'bit varying(5)', values: one('', '10101') },
  {
    type: 'tsvector',
    values: one('', "'it''s':1A,2 'b':3", "'\\\\' 'a b':16383C", "cat:1,2,3 '😀'", "'''' '\\\\\\\\':2B"),
  },
  { type: 'tsquery', values: one('', "'a' & !'b'", "'it''s':*A <2> 'x'", "('a' | 'b') <-> 'c\\\\d'") },
  { type: 'point', values: point },
  { type: 'line', values: one('{1,-1,0}', '{0,0.1,5}') },
  { type: 'lseg', values: one('[(0,0),(1,1)]', '[(-0,0.1),(1e300,2)]') },
  {
    type: 'box',
    values: one('(1,1),(0,0)', '(0.1,0.2),(-0.3,1e-300)', '(Infinity,1),(0,0)'),
    delimiter: ';',
  },
  { type: 'path', values: one('[(0,0),(1,1)]', '((0,0),(1,0.1),(-0,2))') },
  { type: 'polygon', values: one('((0,0))', '((0,0),(1,0),(0.1,1))') },
  { type: 'circle', values: one('<(0,0),0>', '<(0.1,-0.2),1e100>') },
  { type: 'int4range', values: one('empty', '(,)', '[1,5)', '(,5]', '[-2147483648,)', '[3,3]'), isKey: true },
  {
    type: 'numrange',
    values: one('empty', '(,)', '[1.10,2.200]', '(0,NaN)', '[-Infinity,Infinity]'),
    isKey: true,
  },
  {
    type: 'tstzrange',
    values: one(
      'empty',
      '["2024-01-01 00:00:00.000001+00",infinity)',
      '(,"0044-03-15 00:00:00+00 BC"]',
      '[-infinity,)',
    ),
  },
  { type: 'daterange', values: one('[2024-01-01,2024-02-29]', '(,)', '[2024-01-01,infinity]', 'empty') },
  { type: 'int8multirange', values: one('{}', '{[1,3),[5,9223372036854775806)}', '{(,)}') },
  { type: 'tsmultirange', values: one('{}', '{["2024-01-01 00:00:00","2024-01-02 00:00:00.5")}') },
  { type: 'oid', values: rangeArbitrary(0n, 2n ** 32n - 1n).map(String), isKey: true },
  { type: 'xid', values: rangeArbitrary(0n, 2n ** 32n - 1n).map(String) },
  { type: 'xid8', values: one('0', '18446744073709551615', '9223372036854775808') },
  { type: 'cid', values: one('0', '4294967295') },
  { type: 'tid', values: one('(0,1)', '(4294967295,65535)') },
  { type: 'pg_lsn', values: one('0/0', 'FFFFFFFF/FFFFFFFF', '16/B374D848'), isKey: true },
  { type: 'pg_snapshot', values: one('1:1:', '10:20:10,14,15') },
  { type: 'regclass', values: one('pg_catalog.pg_class', '-', '4294967295') },
  { type: 'regtype', values: one('integer[]', 'timestamp with time zone', '-', 'public.citext') },
  { type: 'int2vector', values: one('', '1 2 -32768') },
  { type: 'oidvector', values: one('', '1 4294967295') },
  { type: 'public.citext', values: textArbitrary, isKey: true },
  {
    type: 'public.hstore',
    values: one('', '"a"=>"1", "b"=>NULL', '"a\\"b"=>"\\\\", ""=>"", "NULL"=>"NULL"', '"😀"=>"\n"'),
  },
  { type: 'public.ltree', values: one('', 'Top.Science.A_1', 'a'), isKey: true },
  { type: 'public.cube', values: one('(0)', '(1,2),(3,4.5)', '(-0,1e300),(NaN,0)') },
  { type: 'public.seg', values: one('1.50 .. 2.5000', '~1.0', '<3', '5(+-)0.3', '..7') },
];

/** The text of an array with these elements; null is NULL. */
export function arrayText(
  elements: readonly (string | null)[],
  { delimiter = ',', lower = 1 }: { delimiter?: string; lower?: number } = {},
): string {
  const body = `{${elements.map(elementText).join(delimiter)}}`;
  return lower === 1 || elements.length === 0 ? body : `[${lower}:${lower + elements.length - 1}]=${body}`;
}

/** The text of a composite value with these fields. */
export function rowText(fields: readonly (string | null)[]): string {
  return `(${fields.map((field) => (field === null ? '' : quoteInside(field))).join(',')})`;
}

function elementText(element: string | null): string {
  return element === null ? 'NULL' : quoteInside(element);
}

function quoteInside(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
