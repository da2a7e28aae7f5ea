import type { SnapshotColumn } from '../snapshot/header.ts';
import { textOf } from './row-cells.ts';
import {
  columnList,
  type RowWriter,
  type SqlDialect,
  type TableContent,
  withoutQuoted,
} from './sql-dialect.ts';

/** Strings with and without escapes, names, dollar quotes. */
const quoted =
  /\bE'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1/g;

const copyEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
};

/**
 * For psql: rows go by COPY, inside one transaction. Were a COPY refused and the rest read on, psql would take rows for
 * commands; so the file itself says that psql has to stop at the first error.
 */
export const postgresSql: SqlDialect = {
  name: 'postgresql',
  provider: 'postgresql',
  isOf: () => true,
  client: 'psql -v ON_ERROR_STOP=1',
  opening: `\\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
BEGIN;
SET LOCAL standard_conforming_strings = on;
SET LOCAL search_path = '';
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, YMD';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL lc_monetary = 'C';
SET LOCAL xmloption = content;
SET LOCAL check_function_bodies = off;
SET LOCAL row_security = off;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET LOCAL client_min_messages = warning;
`,
  commit: 'COMMIT;\n',
  closing: '',
  setsCountersBeforeCommit: true,
  kindsBehindRows: new Set(['constraint', 'index', 'foreign key']),
  quoteTable: ({ schema, name }) => (schema === null ? quote(name) : `${quote(schema)}.${quote(name)}`),
  escapesClient: ({ sql }) => /[\\'"]/.test(withoutQuoted(sql, quoted)),
  createRowWriter,
  setCounter(sequence) {
    const name = postgresSql.quoteTable(sequence).replaceAll("'", "''");
    return `SELECT pg_catalog.setval('${name}', ${sequence.lastValue}, ${sequence.isCalled});\n`;
  },
};

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function createRowWriter(content: TableContent): RowWriter {
  const writers = content.stored.map((index) => [index, writerOf(content.table.columns[index]!)] as const);
  // A table without columns to write has rows all the same; COPY takes an empty line for each.
  const columns = content.stored.length === 0 ? '' : ` (${columnList(content, quote)})`;
  return {
    begin: `COPY ${postgresSql.quoteTable(content.table)}${columns} FROM stdin;\n`,
    write(cells) {
      let row = '';
      for (const [index, write] of writers) {
        const token = cells[index]!;
        if (row !== '' || index !== writers[0]![0]) row += '\t';
        row += token === 'null' ? '\\N' : write(token);
      }
      return `${row}\n`;
    },
    separator: '',
    end: '\\.\n\n',
    maxBytes: null,
  };
}

function writerOf({ encoding }: SnapshotColumn): (token: string) => string {
  if (encoding === 'bytes') return (token) => `\\\\x${token.slice(1, -1)}`;
  if (encoding === 'text') return (token) => copyText(textOf(token));
  if (encoding === 'boolean') return (token) => token[0]!;
  return (token) => token;
}

function copyText(text: string): string {
  return /[\\\n\r\t\b\f\v]/.test(text)
    ? text.replace(/[\\\n\r\t\b\f\v]/g, (byte) => copyEscapes[byte]!)
    : text;
}
