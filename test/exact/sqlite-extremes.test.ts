import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench, Script } from '../support/exact/bench.ts';
import { countLiterals, type Extreme, extremesScript } from '../support/exact/extremes.ts';
import { hostileNames } from '../support/exact/names.ts';
import { differentWays, proveRoundTrip } from '../support/exact/round-trip.ts';
import { exactSqlite } from '../support/exact/sqlite-bench.ts';
import { rawTextLiteral, realLiteral, textLiteral } from '../support/exact/sqlite-values.ts';
import { extremeTexts } from '../support/exact/texts.ts';

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const rules = { quote, schema: null };

const integers = [
  ...[
    '0',
    '1',
    '-1',
    '9223372036854775807',
    '-9223372036854775808',
    '-9223372036854775807',
    '9007199254740991',
  ],
  ...[
    '9007199254740992',
    '9007199254740993',
    '-9007199254740991',
    '-9007199254740992',
    '-9007199254740993',
    '2147483648',
  ],
  ...['127', '-128', '32767', '-32768', '8388607', '140737488355327', '999999999999999', '1000000000000000'],
];
const reals = [
  ...[
    0,
    -0,
    0.1,
    0.1 + 0.2,
    1 / 3,
    1.5,
    -1.5,
    1e15,
    1e16,
    1e17,
    1e21,
    1e22,
    123456789.12345679,
    4.35,
    8.41e21,
  ],
  ...[
    2 ** 53,
    2 ** 53 + 2,
    2 ** 63,
    -(2 ** 63),
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
  ],
  ...[
    2.2250738585072014e-308,
    2.225073858507201e-308,
    4.9e-322,
    Infinity,
    -Infinity,
    1e-7,
    9.5367431640625e-7,
    Math.PI,
  ],
].map(realLiteral);
const numberTexts = [
  '1',
  '1.0',
  '-0',
  '0.0',
  '1e3',
  ' 1',
  '1 ',
  '+5',
  '.5',
  '5.',
  '0x10',
  '9223372036854775808',
  '1e999',
  'NaN',
  'Infinity',
];
const oddBytes = [
  '00',
  '610062',
  '0000',
  '80',
  'ff',
  'c080',
  'e08080',
  'eda080',
  'edb080',
  'eda080edb080',
  'f4908080',
  'e282',
  '61ff62',
  '22ff5c',
];
const days = [
  '2024-02-29T23:59:59.999+00:00',
  '2024-03-31 01:30:00',
  '0000-00-00',
  '-4713-11-24',
  '9999-12-31T23:59:59.999999Z',
  '1711852200000',
];

const extremes: readonly Extreme[] = [
  ...['', 'INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB', 'DECIMAL(65,30)', 'DATETIME'].flatMap((type) => [
    { title: `integers in a column of type "${type}"`, type, literals: integers },
    { title: `reals in a column of type "${type}"`, type, literals: reals },
    {
      title: `texts in a column of type "${type}"`,
      type,
      literals: [...extremeTexts, ...numberTexts, ...days].map(textLiteral),
    },
  ]),
  {
    title: 'texts with NUL, lone surrogates and bytes that are not UTF-8',
    type: 'TEXT',
    literals: oddBytes.map((hex) => rawTextLiteral(Buffer.from(hex, 'hex'))),
  },
  {
    title: 'every byte from 0 to 255, alone and together, as blob and as text',
    type: '',
    literals: [
      ...Array.from({ length: 256 }, (_, byte) => `X'${byte.toString(16).padStart(2, '0')}'`),
      ...Array.from({ length: 256 }, (_, byte) => rawTextLiteral(Uint8Array.of(byte))),
      `X'${Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex')}'`,
      `X''`,
    ],
  },
  {
    title: 'NULL, the text null, and the JSON null',
    type: 'JSONB',
    literals: ['NULL', `'null'`, `''`, `'"null"'`, `X'6e756c6c'`, `jsonb('null')`],
  },
];

const huge: readonly Extreme[] = [
  {
    title: 'a text of 16 MB that is full of escapes',
    type: 'TEXT',
    literals: [`replace(hex(zeroblob(2796203)), '00', 'é"' || char(10) || '\\x')`],
  },
  {
    title: 'a text of 16 MB with one bad byte',
    type: 'TEXT',
    literals: [`CAST(replace(hex(zeroblob(8388608)), '00', 'xy') || X'ff' AS TEXT)`],
  },
  {
    title: 'a blob of 16 MB',
    type: 'BLOB',
    literals: [`CAST(replace(hex(zeroblob(4194304)), '00', 'a' || char(0) || char(233)) AS BLOB)`],
  },
];

/** Tables and columns of these names, each with a key, an index and a row that points to itself. */
function namesScript(): Script {
  const names = hostileNames.filter((name) => !/^sqlite_/i.test(name));
  const tables = names.map((name, index) => ({ name: quote(`${name}`), index }));
  const unique = tables.filter(
    ({ name }, index) => tables.findIndex((one) => one.name.toLowerCase() === name.toLowerCase()) === index,
  );
  const columns = unique.map(({ name }) => name).join(', ');
  const ownTables = unique.map(
    ({ name }) =>
      `CREATE TABLE ${name} (${name} INTEGER PRIMARY KEY AUTOINCREMENT, "p""r" INTEGER REFERENCES ${name} (${name}), v UNIQUE)`,
  );
  return {
    create: [...ownTables, `CREATE TABLE "all of them" (${columns})`],
    fill: [
      ...unique.map(
        ({ name, index }) => `INSERT INTO ${name} VALUES (${index + 5}, ${index + 5}, ${textLiteral(name)})`,
      ),
      `INSERT INTO "all of them" VALUES (${unique.map(({ index }) => index).join(', ')})`,
    ],
    finish: [],
    damage: [
      ...unique.map(({ name }) => `DELETE FROM ${name}`),
      'DELETE FROM "all of them"',
      'DELETE FROM sqlite_sequence',
    ],
    wipe: [],
    probes: unique.map(({ name }) => `INSERT INTO ${name} (v) VALUES ('new')`),
    canCreateSchema: true,
    schemas: [],
  };
}

function wideScript(): Script {
  const columns = Array.from({ length: 1600 }, (_, index) => `"c${index}"`);
  const values = columns.map(
    (_, index) =>
      [
        String(index),
        `'t${index}'`,
        `${index}.5`,
        `X'${(index % 256).toString(16).padStart(2, '0')}'`,
        'NULL',
      ][index % 5]!,
  );
  return {
    create: [`CREATE TABLE wide (${columns.join(', ')})`],
    fill: [
      `INSERT INTO wide VALUES (${values.join(', ')})`,
      `INSERT INTO wide VALUES (${values.toReversed().join(', ')})`,
    ],
    finish: [],
    damage: ['UPDATE wide SET c1599 = 0', 'DELETE FROM wide WHERE c0 = 0'],
    wipe: ['DELETE FROM wide'],
    probes: [],
    canCreateSchema: true,
    schemas: [],
  };
}

describe('extremes of SQLite', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await exactSqlite.open();
  });
  afterAll(() => bench.close());

  it.each(differentWays)(
    'come back to the bit: every kind of value in every type, $title',
    async ({ ways }) => {
      const rows = await proveRoundTrip(bench, extremesScript(extremes, rules), { ways });
      expect(rows).toBe(countLiterals(extremes));
    },
  );

  it('come back to the bit: values of 16 MB', async () => {
    expect(await proveRoundTrip(bench, extremesScript(huge, rules))).toBe(countLiterals(huge));
  });

  it.each(differentWays)('come back to the bit: hostile names, $title', async ({ ways }) => {
    const script = namesScript();
    expect(await proveRoundTrip(bench, script, { ways })).toBe(script.fill.length);
  });

  it('come back to the bit: 1,600 columns', async () => {
    expect(await proveRoundTrip(bench, wideScript())).toBe(2);
  });
});
