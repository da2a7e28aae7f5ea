import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../support/engines.ts';
import type { Bench, Script } from '../support/exact/bench.ts';
import { countLiterals, type Extreme, extremesScript } from '../support/exact/extremes.ts';
import { exactMysql, openMysqlBench } from '../support/exact/mysql-bench.ts';
import { bytesLiteral, textLiteral } from '../support/exact/mysql-values.ts';
import { hostileNames } from '../support/exact/names.ts';
import { differentWays, proveRoundTrip } from '../support/exact/round-trip.ts';
import { extremeTexts } from '../support/exact/texts.ts';
import { startMariadb } from '../support/mysql.ts';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const rules = { quote, schema: null };
const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const singleBytes = [...allBytes].map((byte) => Uint8Array.of(byte));
const withNul = ['\u0000', 'a\u0000b', '\u0000\u0000'];

const plain = (type: string, ...literals: readonly string[]): Extreme => ({
  title: type.slice(0, 60),
  type,
  literals,
});
const quoted = (type: string, ...texts: readonly string[]): Extreme =>
  plain(type, ...texts.map((text) => `'${text}'`));

const extremes: readonly Extreme[] = [
  plain('tinyint(1)', '0', '1', '2', '-128', '127'),
  plain('tinyint unsigned', '0', '255'),
  plain('smallint unsigned zerofill', '0', '65535'),
  plain('mediumint', '-8388608', '8388607'),
  plain('int', '-2147483648', '2147483647'),
  plain('int unsigned', '4294967295'),
  plain('bigint', '-9223372036854775808', '9223372036854775807', '9007199254740993', '-9007199254740993'),
  plain('bigint unsigned', '0', '18446744073709551615', '9223372036854775808'),
  plain(
    'decimal(65,30)',
    '0',
    `${'9'.repeat(35)}.${'9'.repeat(30)}`,
    `-${'9'.repeat(35)}.${'9'.repeat(30)}`,
    `0.${'0'.repeat(29)}1`,
    '1.10',
  ),
  plain('decimal(5,2) unsigned zerofill', '0', '999.99', '0.01'),
  plain('float', '0.1', '-0e0', '3.4028234e38', '1.1754944e-38', '1e-45', '16777217', '-3.4028234e38'),
  plain('float(7,3)', '0.1', '-1234.567', '9999.999'),
  plain(
    'double',
    '0.1',
    '0.30000000000000004',
    '-0e0',
    '1.7976931348623157e308',
    '2.2250738585072014e-308',
    '4.9e-324',
    '9007199254740993',
    '1e22',
    '-1e-7',
  ),
  plain('double(20,5)', '0.1', '123456789012345.67891'),
  plain('bit(1)', `b'0'`, `b'1'`),
  plain('bit(64)', `b'0'`, `b'${'1'.repeat(64)}'`, `b'1${'0'.repeat(63)}'`, `b'1'`),
  quoted(
    'date',
    '0000-00-00',
    '2024-00-00',
    '2024-02-00',
    '2024-02-31',
    '0001-01-01',
    '1000-01-01',
    '9999-12-31',
    '2024-02-29',
  ),
  quoted(
    'datetime',
    '0000-00-00 00:00:00',
    '9999-12-31 23:59:59',
    '2024-02-31 10:00:00',
    '1582-10-10 00:00:00',
  ),
  quoted(
    'datetime(6)',
    '0000-00-00 00:00:00',
    '0000-00-00 00:00:00.000001',
    '9999-12-31 23:59:59.999999',
    '2024-03-31 01:30:00.123456',
  ),
  quoted(
    'timestamp NULL',
    '0000-00-00 00:00:00',
    '1970-01-01 00:00:01',
    '2038-01-19 03:14:07',
    '2024-03-31 00:59:59',
    '2024-10-27 01:30:00',
  ),
  quoted(
    'timestamp(6) NULL',
    '0000-00-00 00:00:00',
    '1970-01-01 00:00:01.000001',
    '2038-01-19 03:14:07.999999',
    '2024-03-31 01:30:00.123456',
  ),
  quoted('time', '838:59:59', '-838:59:59', '24:00:00', '00:00:00', '-00:00:01'),
  quoted('time(6)', '838:59:59.999999', '-838:59:59.999999', '-00:00:00.000001', '00:00:00.1'),
  plain('year', '0', '1901', '2155'),
  plain('varchar(8000)', ...[...extremeTexts, ...withNul].map(textLiteral)),
  plain('longtext COLLATE utf8mb4_bin', ...[...extremeTexts, ...withNul].map(textLiteral)),
  plain('char(12)', ...['', 'a', ' lead', '\t', 'é 😀', '\u0000'].map(textLiteral)),
  ...['latin1', 'latin2', 'cp1251', 'koi8r', 'hebrew', 'cp850', 'macroman', 'swe7', 'geostd8'].map(
    (charset) =>
      plain(
        `text CHARACTER SET ${charset}`,
        ...singleBytes.map((byte) => bytesLiteral(byte, charset)),
        bytesLiteral(allBytes, charset),
      ),
  ),
  ...['ucs2', 'utf16', 'utf32', 'utf8mb3'].map((charset) =>
    plain(
      `text CHARACTER SET ${charset}`,
      ...['', 'é', '漢字', '\u0000', '\ufffd', 'x'.repeat(3000)].map(textLiteral),
    ),
  ),
  ...['sjis', 'cp932', 'eucjpms', 'ujis'].map((charset) =>
    plain(`text CHARACTER SET ${charset}`, ...[`'表ソ能'`, `'ｱｲｳ'`, `'日本語'`, `'\\\\~'`]),
  ),
  ...['gbk', 'big5', 'gb2312', 'euckr'].map((charset) =>
    plain(`text CHARACTER SET ${charset}`, ...(charset === 'euckr' ? [`'한국어'`] : [`'中文'`, `'功'`])),
  ),
  plain('blob', ...singleBytes.map((byte) => bytesLiteral(byte)), bytesLiteral(allBytes), `''`),
  plain('binary(4)', `X''`, `X'00'`, `X'0020ff00'`, `X'20202020'`),
  plain('varbinary(300)', bytesLiteral(allBytes), `X''`, `X'2000'`),
  plain(`enum('a','','it''s','x,y','0','1',' s')`, '1', '2', '3', '4', '5', '6', '7', 'NULL'),
  plain(`set('a','b','it''s','64')`, '0', '1', '15', '8', 'NULL'),
  plain(
    'json',
    ...[
      'null',
      '{"b": 1,\n "a": 1.10, "a": 2}',
      '12345678901234567890',
      '1e400',
      '"\\u0000"',
      ' [ ] ',
      '""',
    ].map(textLiteral),
    'NULL',
  ),
  quoted('uuid', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  quoted('inet6', '::', '::ffff:1.2.3.4', 'ffff::1'),
  quoted('inet4', '0.0.0.0', '255.255.255.255'),
  plain('point', `ST_GeomFromText('POINT(-0.1 1e300)', 4326)`, `ST_GeomFromText('POINT(0 0)')`, 'NULL'),
  plain('geometry', `ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1e-300))', 3857)`),
];

const huge: readonly Extreme[] = [
  { title: 'text full of escapes', type: 'longtext', literals: [`REPEAT('é"''\\n\\\\x', 2396746)`] },
  { title: 'bytes that each need an escape', type: 'longblob', literals: [`REPEAT(X'00275c22', 4194304)`] },
];

const names = hostileNames.filter(
  (name) =>
    /^[\u0001-\uffff]*$/.test(name) &&
    !/[\ud800-\udfff]|[\x09-\x0d ]$/.test(name) &&
    Buffer.byteLength(name) <= 40,
);
const fold = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const unlike = names.filter(
  (name, index) => fold(name) !== '' && names.findIndex((one) => fold(one) === fold(name)) === index,
);

/** Tables and columns of these names, with a key, a counter, and a row that points to itself. */
function namesScript(): Script {
  const tables = unlike.map((name, index) => ({ name, index, quoted: quote(name) }));
  return {
    create: [
      ...tables.map(
        ({ quoted: one }) =>
          `CREATE TABLE ${one} (${one} int AUTO_INCREMENT PRIMARY KEY, \`p"r\` int, v varchar(99) UNIQUE)`,
      ),
      `CREATE TABLE \`all of them\` (${tables.map(({ quoted: one }) => `${one} int`).join(', ')})`,
    ],
    fill: [
      ...tables.map(
        ({ name, index, quoted: one }) =>
          `INSERT INTO ${one} VALUES (${index + 5}, ${index + 5}, ${textLiteral(name)})`,
      ),
      `INSERT INTO \`all of them\` VALUES (${tables.map(({ index }) => index).join(', ')})`,
      ...tables.map(({ index, quoted: one }) => `ALTER TABLE ${one} AUTO_INCREMENT = ${index + 9}`),
    ],
    finish: tables.flatMap(({ quoted: one }) => [
      `ALTER TABLE ${one} ADD CONSTRAINT ${one} FOREIGN KEY (\`p"r\`) REFERENCES ${one} (${one})`,
      `CREATE TRIGGER ${one} AFTER INSERT ON ${one} FOR EACH ROW SET @x = NEW.${one}`,
    ]),
    damage: [...tables.map(({ quoted: one }) => `DELETE FROM ${one}`), 'DELETE FROM `all of them`'],
    wipe: [],
    probes: tables.map(({ quoted: one }) => `INSERT INTO ${one} (v) VALUES ('new')`),
    canCreateSchema: true,
    schemas: [],
  };
}

describeEngine(mysqlServer, 'extremes of MariaDB', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await exactMysql.open();
  });
  afterAll(() => bench.close());

  it.each(differentWays)('come back to the bit: every type of value, $title', async ({ ways }) => {
    const rows = await proveRoundTrip(bench, extremesScript(extremes, rules), { ways });
    expect(rows).toBe(countLiterals(extremes));
  });

  it.each(differentWays)('come back to the bit: hostile names, $title', async ({ ways }) => {
    expect(await proveRoundTrip(bench, namesScript(), { ways })).toBe(unlike.length + 1);
  });
});

describeEngine(mysqlServer, 'values of 16 MB on a MariaDB that takes statements of 64 MB', () => {
  it('come back to the bit', async () => {
    const server = await startMariadb(['--max-allowed-packet=64M']);
    try {
      const bench = await openMysqlBench(server.rootUrl);
      try {
        expect(await proveRoundTrip(bench, extremesScript(huge, rules))).toBe(countLiterals(huge));
      } finally {
        await bench.close();
      }
    } finally {
      await server.stop();
    }
  });
});
