import type { Script } from '../exact/bench.ts';

/** Each would touch a file, make a table or end the loading if a part of it were taken for more than text. */
const texts: readonly string[] = [
  '\\! touch canary',
  '\n\\! touch canary\n',
  '\\.\n\\! touch canary',
  '\\\\! touch canary',
  "'; CREATE TABLE canary (a int); --",
  "\\'; CREATE TABLE canary (a int); --",
  "';\nCREATE TABLE canary (a int);\n'",
  '\n.shell touch canary\n',
  "');\n.shell touch canary\n",
  '.quit',
  '\nsystem touch canary\n',
  "';\nsystem touch canary\n",
  '\ndelimiter //\n',
  '$$; CREATE TABLE canary (a int); $$',
  '$q$ \\copy (select 1) to canary $q$',
  ':name :\'name\' :"name" :{?name}',
  '`touch canary`',
  '$(touch canary)',
  '--',
  '/* x */ # y',
  '/*! CREATE TABLE canary (a int) */',
  'a\r\nb',
  'a\rb',
  '\u001a',
  '\u0001\u0008\u000b\u000c\u001b\u007f',
  '\u2028\u2029\ufeff\u0085',
  '😀 e\u0301 漢字',
  '\\N',
  'NULL',
  '',
  "'",
  "''",
  '"',
  '\\',
  '\\\\',
  '\\0',
  '\t',
  "\\x00'",
  '/',
  '\ngo\n',
  '\n/\n',
  ';',
];

const names = [
  'a"b',
  "a'b",
  'a`b',
  'back\\slash',
  '\\! touch canary',
  'new\nline',
  '\n.shell touch canary',
  '\nsystem touch canary',
  ';--',
  '/*x*/',
  '$$',
  ':name',
  '\u2028',
  'select',
];

interface Language {
  readonly quote: (name: string) => string;
  readonly literal: (text: string) => string;
  readonly text: string;
  readonly schema: string | null;
  /** Further values, as SQL, in a table with a column of their type for each. */
  readonly values: readonly (readonly [string, readonly string[]])[];
}

function scriptOf({ quote, literal, text, schema, values }: Language): Script {
  const prefix = schema === null ? '' : `${quote(schema)}.`;
  const tables = names.map((name) => `${prefix}${quote(name)}`);
  const columns = names.map((name) => `${quote(`${name} c`)} ${text}`);
  return {
    create: [
      ...(schema === null ? [] : [`CREATE SCHEMA ${quote(schema)}`]),
      ...tables.map((table) => `CREATE TABLE ${table} (id integer PRIMARY KEY, ${columns.join(', ')})`),
      ...values.map(
        ([type], index) => `CREATE TABLE ${prefix}${quote(`v${index}`)} (id integer PRIMARY KEY, v ${type})`,
      ),
    ],
    fill: [
      ...tables.flatMap((table, at) =>
        texts.map((_, id) => {
          const row = names.map((_name, shift) => literal(texts[(id + at + shift) % texts.length]!));
          return `INSERT INTO ${table} VALUES (${id + 1}, ${row.join(', ')})`;
        }),
      ),
      ...values.flatMap(([, literals], index) =>
        literals.map(
          (value, id) => `INSERT INTO ${prefix}${quote(`v${index}`)} VALUES (${id + 1}, ${value})`,
        ),
      ),
    ],
    ...{ finish: [], damage: [], wipe: [], probes: [], canCreateSchema: true },
    schemas: schema === null ? [] : [schema],
  };
}

const doubled = (mark: string) => (name: string) => `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;

/** One database for each engine whose names and values try to get out of their quotes. */
export const hostileScript: Readonly<Record<'sqlite' | 'postgresql' | 'mysql', Script>> = {
  sqlite: scriptOf({
    quote: doubled('"'),
    literal: doubled("'"),
    text: 'TEXT',
    schema: null,
    values: [
      [
        '',
        [
          '9223372036854775807',
          '-9223372036854775807 - 1',
          '9007199254740993',
          '9e999',
          '-9e999',
          '-0.0',
          '0.1',
          '5.0',
          '1e300',
          '4.9e-324',
        ],
      ],
      [
        '',
        [
          "x'00ff'",
          "x''",
          "CAST(x'610062' AS TEXT)",
          "CAST(x'ff80' AS TEXT)",
          "CAST(x'eda080' AS TEXT)",
          "CAST(x'0d0a' AS TEXT)",
        ],
      ],
    ],
  }),
  postgresql: scriptOf({
    quote: doubled('"'),
    literal: doubled("'"),
    text: 'text',
    schema: 'hostile "schema"',
    values: [
      ['float8', ["'-0'", "'Infinity'", "'-Infinity'", "'NaN'", '0.1', '5e-324']],
      ['numeric', ["'NaN'", '1.10', '123456789012345678901234567890.000000000000001']],
      ['bigint', ['9223372036854775807', '-9223372036854775808']],
      ['bytea', ["'\\x00ff5c0a'", "''"]],
      ['text[]', [`ARRAY['a"b', '\\', NULL, 'NULL', '', '\\! touch canary']`]],
      ['boolean', ['true', 'false', 'NULL']],
      ['timestamptz', ["'infinity'", "'2026-03-29 02:30:00.123456+02'", "'0044-03-15 12:00:00+00 BC'"]],
      ['interval', ["'-1 mon +3 days -00:00:00.000001'"]],
      ['money', ["'-12.34'"]],
    ],
  }),
  mysql: scriptOf({
    quote: doubled('`'),
    literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
    text: 'text',
    schema: null,
    values: [
      ['double', ['-0e0', '0.1', '4.9e-324', '1.7976931348623157e308']],
      ['bigint unsigned', ['18446744073709551615', '0']],
      ['decimal(65,30)', ['-0.1', '1.10']],
      ['longblob', ["x'00ff5c0a27'", "''"]],
      ['bit(9)', ["b'100000001'", "b'0'"]],
      ["enum('a''b','\\\\! touch canary','é')", ['1', '2', '3']],
      ["set('a','b''c')", ['3', '0']],
      ['varchar(20) CHARACTER SET cp1251', ["_cp1251 x'61986298'", "_cp1251 x'c0e0'"]],
      ['text', ["'a\\0b'"]],
      ['datetime(6)', ["'2026-03-29 02:30:00.123456'"]],
      ['timestamp(6) NULL', ["'2026-03-29 02:30:00.123456'"]],
      ['year', ['0', '2026']],
      ['json', [`'{"a": "\\\\\\\\! \\\\n 😀"}'`]],
    ],
  }),
};
