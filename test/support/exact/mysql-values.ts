import fc from 'fast-check';
import {
  bytesArbitrary,
  doubleArbitrary,
  extremeTexts,
  integerArbitrary,
  rangeArbitrary,
  textArbitrary,
} from './texts.ts';

/** A type with literals that it takes. */
export interface MysqlType {
  readonly type: string;
  readonly values: fc.Arbitrary<string>;
  /** The part of a key that it can be: all of it, so many characters, or none. */
  readonly key?: 'whole' | 'prefix';
  /** Has no default, not even NULL where it is required. */
  readonly isSpatial?: boolean;
}

export function textLiteral(text: string): string {
  return /^[\x20-\x26\x28-\x5b\x5d-\x7e]*$/.test(text)
    ? `'${text}'`
    : `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;
}

export function bytesLiteral(bytes: Uint8Array, charset = 'binary'): string {
  return `_${charset} X'${Buffer.from(bytes).toString('hex')}'`;
}

const one = (...literals: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...literals);
const quoted = (...texts: readonly string[]): fc.Arbitrary<string> =>
  one(...texts.map((text) => `'${text}'`));

const withNul = fc.constantFrom('\u0000', 'a\u0000b', '\u0000\u0000');
const texts = fc
  .oneof({ weight: 8, arbitrary: textArbitrary }, { weight: 1, arbitrary: withNul })
  .map(textLiteral);
const shortTexts = fc
  .oneof(
    textArbitrary.map((text) => [...text].slice(0, 10).join('')),
    withNul,
  )
  .map(textLiteral);
const anyBytes = bytesArbitrary.map((bytes) => bytesLiteral(bytes));
const shortBytes = bytesArbitrary.map((bytes) => bytesLiteral(bytes.subarray(0, 8)));
const basic = fc
  .constantFrom(...extremeTexts.filter((text) => /^[\u0001-\uffff]*$/.test(text)))
  .map(textLiteral);

/** Text of any bytes in a character set of one byte per character. */
function inCharset(charset: string): fc.Arbitrary<string> {
  return fc.oneof(
    bytesArbitrary.map((bytes) => bytesLiteral(bytes.subarray(0, 200), charset)),
    fc.constant(
      bytesLiteral(
        Uint8Array.from({ length: 256 }, (_, byte) => byte),
        charset,
      ),
    ),
  );
}

function integers(type: string, bits: number, isUnsigned = false): MysqlType {
  const values = isUnsigned ? rangeArbitrary(0n, 2n ** BigInt(bits) - 1n) : integerArbitrary(bits);
  return { type, values: values.map(String), key: 'whole' };
}

function real(value: number): string {
  if (!Number.isFinite(value)) return '1e308';
  return Object.is(value, -0) ? '-0e0' : `${value}${String(value).includes('e') ? '' : 'e0'}`;
}

const digits = fc.array(fc.nat(9), { minLength: 1, maxLength: 35 }).map((list) => list.join(''));
const decimals = fc.oneof(
  one(
    '0',
    '-0.0',
    '1.10',
    `${'9'.repeat(35)}.${'9'.repeat(30)}`,
    `-${'9'.repeat(35)}.${'9'.repeat(30)}`,
    '0.000000000000000000000000000001',
  ),
  fc.tuple(digits, digits).map(([whole, scale]) => `${whole}.${scale.slice(0, 30)}`),
);
const days = quoted(
  '0000-00-00',
  '2024-00-00',
  '2024-02-00',
  '2024-02-31',
  '9999-12-31',
  '1000-01-01',
  '0001-01-01',
  '2024-02-29',
  '1970-01-01',
);
const moments = quoted(
  ...[
    '0000-00-00 00:00:00',
    '2024-02-31 10:00:00.5',
    '9999-12-31 23:59:59.999999',
    '0001-01-01 00:00:00',
    '2024-02-29 23:59:59.999999',
  ],
  ...[
    '1969-12-31 23:59:59.999999',
    '2024-03-10 02:30:00',
    '2000-01-01 00:00:00.000001',
    '2024-00-00 00:00:00',
  ],
);
const stamps = quoted(
  ...[
    '0000-00-00 00:00:00',
    '1970-01-01 00:00:01',
    '2038-01-19 03:14:07.999999',
    '2024-03-31 01:30:00.123456',
    '2024-10-27 01:30:00',
  ],
  '2000-02-29 23:59:59.000001',
);
const times = quoted(
  '838:59:59.999999',
  '-838:59:59.999999',
  '-00:00:00.000001',
  '24:00:00',
  '00:00:00',
  '12:34:56.1',
  '-01:02:03',
);
const json = one(
  ...[
    'null',
    '1',
    '-0',
    '1.10',
    '12345678901234567890',
    '""',
    '"null"',
    '{}',
    '[]',
    '[null]',
    '{"a": 1, "a": 2}',
    ' {"b":1,"a":2} ',
  ].map(textLiteral),
  ...[
    '"\\u00e9\\n\\"\\\\"',
    '"\\ud83d\\ude00"',
    '"😀"',
    '{"": "", "__proto__": {"x": 1}}',
    '[1.0, 1.00, 1e400]',
    '"\\u0000"',
  ].map(textLiteral),
);
const points = one(
  `ST_GeomFromText('POINT(0 0)')`,
  `ST_GeomFromText('POINT(-0.1 1e300)', 4326)`,
  `ST_GeomFromText('POINT(1 2)', 3857)`,
);
const labels = `'a','B','it''s','x,y'`;
const awkwardLabels = `'','1','0',' lead','2','ä','😀'`;
const manyLabels = Array.from({ length: 64 }, (_, index) => `'l${index}'`).join(',');

function setOf(count: number): fc.Arbitrary<string> {
  return rangeArbitrary(0n, 2n ** BigInt(count) - 1n).map(String);
}

/** What applications have and more; literals may be cut or converted on their way in, which does no harm here. */
export const mysqlTypes: readonly MysqlType[] = [
  integers('tinyint', 8),
  integers('tinyint(1)', 8),
  integers('tinyint unsigned', 8, true),
  integers('smallint', 16),
  integers('smallint(5) unsigned zerofill', 16, true),
  integers('mediumint', 24),
  integers('int', 32),
  integers('int unsigned', 32, true),
  integers('int(11)', 32),
  integers('bigint', 64),
  integers('bigint unsigned', 64, true),
  integers('bigint(20) unsigned zerofill', 64, true),
  { type: 'decimal(65,30)', values: decimals, key: 'whole' },
  { type: 'decimal(10,0)', values: one('0', '9999999999', '-9999999999', '5') },
  { type: 'decimal(5,2) unsigned zerofill', values: one('0', '999.99', '1.1'), key: 'whole' },
  { type: 'float', values: doubleArbitrary.map((value) => real(Math.fround(value))) },
  { type: 'float unsigned', values: one('0.1', '16777217', '3.4028234e38', '1e-45') },
  { type: 'float(7,3)', values: one('0.1', '-1234.5678', '9999.999') },
  { type: 'double', values: doubleArbitrary.map(real), key: 'whole' },
  { type: 'double(20,5)', values: one('0.1', '123456789012345.67891', '-0.00001') },
  { type: 'bit(1)', values: one(`b'0'`, `b'1'`), key: 'whole' },
  { type: 'bit(12)', values: one(`b'0'`, `b'111111111111'`, `b'100000000001'`) },
  {
    type: 'bit(64)',
    values: rangeArbitrary(0n, 2n ** 64n - 1n).map((value) => `b'${value.toString(2)}'`),
    key: 'whole',
  },
  { type: 'date', values: days, key: 'whole' },
  { type: 'datetime', values: moments, key: 'whole' },
  { type: 'datetime(3)', values: moments, key: 'whole' },
  { type: 'datetime(6)', values: moments },
  { type: 'timestamp', values: stamps, key: 'whole' },
  { type: 'timestamp(6)', values: stamps },
  { type: 'timestamp(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)', values: stamps },
  { type: 'time', values: times, key: 'whole' },
  { type: 'time(6)', values: times },
  { type: 'year', values: one('0', '1901', '2155', '2024'), key: 'whole' },
  { type: 'char(10)', values: shortTexts, key: 'whole' },
  { type: 'char(10) COLLATE utf8mb4_bin', values: shortTexts, key: 'whole' },
  { type: 'varchar(191)', values: texts, key: 'whole' },
  { type: 'varchar(191) COLLATE utf8mb4_unicode_ci', values: texts, key: 'whole' },
  { type: 'varchar(191) COLLATE utf8mb4_nopad_bin', values: texts, key: 'whole' },
  { type: 'varchar(300) COMPRESSED', values: texts },
  { type: 'tinytext', values: texts, key: 'prefix' },
  { type: 'text', values: texts, key: 'prefix' },
  { type: 'mediumtext COLLATE utf8mb4_bin', values: texts },
  { type: 'longtext', values: texts },
  { type: 'text CHARACTER SET utf8mb3', values: basic },
  ...[
    'latin1',
    'latin2',
    'cp1251',
    'cp1256',
    'koi8r',
    'hebrew',
    'greek',
    'macroman',
    'cp850',
    'swe7',
    'geostd8',
    'tis620',
  ].map((charset) => ({ type: `varchar(300) CHARACTER SET ${charset}`, values: inCharset(charset) })),
  { type: 'varchar(50) CHARACTER SET ascii', values: one(`''`, `'abc'`, `_ascii X'00417f'`), key: 'whole' },
  ...[
    'ucs2',
    'utf16',
    'utf16le',
    'utf32',
    'sjis',
    'cp932',
    'gbk',
    'gb2312',
    'big5',
    'ujis',
    'eucjpms',
    'euckr',
  ].map((charset) => ({
    type: `text CHARACTER SET ${charset}`,
    values: fc.oneof(texts, one(`'日本語'`, `'中文漢字'`, `'한국어'`, `'ｱｲｳ'`, `'表ソ'`)),
  })),
  { type: 'text CHARACTER SET ucs2', values: one(`_ucs2 X'd83d'`, `_ucs2 X'0000'`, `_ucs2 X'00410042'`) },
  { type: 'binary(8)', values: shortBytes, key: 'whole' },
  { type: 'varbinary(300)', values: anyBytes, key: 'whole' },
  { type: 'tinyblob', values: anyBytes, key: 'prefix' },
  { type: 'blob', values: anyBytes, key: 'prefix' },
  { type: 'blob COMPRESSED', values: anyBytes },
  { type: 'longblob', values: anyBytes },
  {
    type: `enum(${labels})`,
    values: one(`'a'`, `'B'`, `'it''s'`, `'x,y'`, '0'.replace('0', `'nothing'`)),
    key: 'whole',
  },
  { type: `enum(${awkwardLabels})`, values: rangeArbitrary(0n, 7n).map(String), key: 'whole' },
  { type: `enum('a','A') COLLATE utf8mb4_bin`, values: one('1', '2', '0') },
  { type: `enum('é','x') CHARACTER SET latin1`, values: one('1', '2', '0') },
  { type: `set('a','b','it''s')`, values: setOf(3), key: 'whole' },
  { type: `set('','1','2')`, values: setOf(3) },
  { type: `set(${manyLabels})`, values: setOf(64) },
  { type: 'json', values: json },
  {
    type: 'uuid',
    values: quoted(
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '123e4567-e89b-12d3-a456-426614174000',
    ),
    key: 'whole',
  },
  { type: 'inet4', values: quoted('0.0.0.0', '255.255.255.255') },
  {
    type: 'inet6',
    values: quoted('::', '::ffff:1.2.3.4', 'fe80::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
    key: 'whole',
  },
  { type: 'point', values: points, isSpatial: true },
  {
    type: 'geometry',
    values: fc.oneof(
      points,
      one(`ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1e-300))', 4326)`),
    ),
    isSpatial: true,
  },
  { type: 'polygon', values: one(`ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')`), isSpatial: true },
];
