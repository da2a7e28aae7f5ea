import { AppError } from '../errors.ts';
import { parseLabels, travelsAsNumber } from '../snapshot/enumeration-labels.ts';
import type { SnapshotColumn } from '../snapshot/header.ts';
import type { SchemaStatement, SequenceState } from '../snapshot/table.ts';
import { asText, textOf } from './row-cells.ts';
import {
  columnList,
  quotesLineEnd,
  type RowWriter,
  type SqlDialect,
  type TableContent,
  withoutQuoted,
} from './sql-dialect.ts';

/** Far below the 16 MB of max_allowed_packet that servers have by default; a longer row is a statement of its own. */
const maxStatementBytes = 1 << 19;

const quoted =
  /'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|"[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*"|`[^`]*(?:``[^`]*)*`/g;

const lenientMode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
/** What cannot be stored as it is must fail, not be stored otherwise. */
const strictMode = `STRICT_ALL_TABLES,${lenientMode}`;

function setMode(mode: string): string {
  return `SET SESSION sql_mode = '${mode}';\n`;
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\x1a': '\\Z',
  "'": "\\'",
  '\\': '\\\\',
};

const numberPattern = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

const shared: Omit<SqlDialect, 'name' | 'isOf' | 'client'> = {
  provider: 'mysql',
  // The first line: from then on the client knows that the backslash escapes.
  opening: `${setMode(strictMode)}SET NAMES utf8mb4;
SET SESSION time_zone = '+00:00', foreign_key_checks = 0, autocommit = 0;
`,
  commit: 'COMMIT;\n',
  closing: 'SET SESSION foreign_key_checks = 1, autocommit = 1;\n',
  setsCountersBeforeCommit: false,
  kindsBehindRows: new Set(),
  quoteTable: ({ name }) => quote(name),
  escapesClient,
  createRowWriter,
  setCounter,
};

/** With what a snapshot of MariaDB states its server's version. */
const forkName = 'MariaDB ';

export const mariadbSql: SqlDialect = {
  ...shared,
  name: 'mariadb',
  isOf: (serverVersion) => serverVersion.startsWith(forkName),
  client: 'mariadb <database>',
};

export const mysqlSql: SqlDialect = {
  ...shared,
  name: 'mysql',
  isOf: (serverVersion) => !serverVersion.startsWith(forkName),
  client: 'mysql <database>',
};

/**
 * Outside of quotes a backslash calls a command of the client (`\!` a shell), and behind a semicolon a word such as
 * `system` may; the statement that the server prints of a table holds neither.
 */
function escapesClient({ sql }: SchemaStatement): boolean {
  const isOtherwise = /[\\;'"`]/.test(withoutQuoted(sql, quoted)) || !/^CREATE\s/i.test(sql);
  return isOtherwise || quotesLineEnd(sql, quoted);
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function setCounter({ feeds, name, lastValue, isCalled, increment }: SequenceState): string {
  const next = isCalled ? BigInt(lastValue) + BigInt(increment) : BigInt(lastValue);
  return `ALTER TABLE ${quote(feeds?.table.name ?? name)} AUTO_INCREMENT = ${next};\n`;
}

function createRowWriter(content: TableContent): RowWriter {
  const { table, sql, stored } = content;
  const columns = stored.map((index) => table.columns[index]!);
  const writers = columns.map((column, at) => [stored[at]!, writerOf(column, sql)] as const);
  // Only then is the invalid value of an ENUM taken again; its labels have been looked at.
  const isLenient = columns.some(({ type }) => /^enum\(/i.test(type));
  return {
    begin: `${isLenient ? setMode(lenientMode) : ''}INSERT INTO ${quote(table.name)} (${columnList(content, quote)}) VALUES\n`,
    write(cells) {
      let row = '(';
      for (const [index, write] of writers) {
        const token = cells[index]!;
        if (row.length > 1) row += ',';
        row += token === 'null' ? 'NULL' : write(token);
      }
      return `${row})`;
    },
    separator: ',\n',
    end: isLenient ? `;\n${setMode(strictMode)}` : ';\n',
    maxBytes: maxStatementBytes,
  };
}

function writerOf(column: SnapshotColumn, tableSql: string): (token: string) => string {
  const { encoding, type, labels } = column;
  if (encoding === 'bytes') return (token) => (token === '""' ? "''" : `x'${token.slice(1, -1)}'`);
  if (encoding !== 'text') return (token) => token;
  if (labels !== undefined) return labelWriter(column, labels);
  if (/^(?:float|double)/i.test(type)) return (token) => realLiteral(token.slice(1, -1));
  if (/^(?:bigint|decimal)/i.test(type)) return (token) => numberLiteral(token.slice(1, -1));
  const form = textFormOf(column, tableSql);
  if (isNumberedSet(column, form)) return (token) => numberLiteral(token.slice(1, -1));
  if (/^set\(/i.test(type)) return setWriter(column);
  const { charset } = form;
  return charset === null || charset.startsWith('utf8')
    ? (token) => textLiteral(textOf(token))
    : (token) => mappedLiteral(textOf(token), charset);
}

/** As text, the column's collation could find another label; its number is the label. */
function labelWriter(column: SnapshotColumn, labels: readonly string[]): (token: string) => string {
  const numbers = new Map(labels.map((label, index) => [label, String(index + 1)]));
  return (token) => {
    const label = asText(textOf(token));
    const number = label === '' ? '0' : numbers.get(label);
    if (number === undefined) throw unknownLabel(column, label);
    return number;
  };
}

function setWriter(column: SnapshotColumn): (token: string) => string {
  const labels = new Set(parseLabels(column.type));
  return (token) => {
    const text = textOf(token);
    const unknown = asText(text)
      .split(',')
      .find((label) => label !== '' && !labels.has(label));
    if (unknown !== undefined) throw unknownLabel(column, unknown);
    return textLiteral(text);
  };
}

/** MariaDB states labels with characters of four bytes as `?`, so that no table made from that could hold the value. */
function unknownLabel({ name, type }: SnapshotColumn, label: string): AppError {
  return new AppError(
    'EXPORT.VALUE',
    `Cannot write column ${name} as SQL: it holds ${JSON.stringify(label)}, and the server states its type as ${type}`,
    { hint: 'Make the tables with prisma migrate deploy and bring the rows back with holdfast restore' },
  );
}

function numberLiteral(text: string): string {
  return numberPattern.test(text) ? text : textLiteral(text);
}

/** With an exponent the server reads a double, without a detour over a decimal, which has no -0. */
function realLiteral(text: string): string {
  const isPlain = numberPattern.test(text) && !/e/i.test(text);
  return isPlain ? `${text}e0` : numberLiteral(text);
}

function textLiteral(text: string): string {
  return `'${/[\0\n\r\x1a'\\]/.test(text) ? text.replace(/[\0\n\r\x1a'\\]/g, (byte) => escapes[byte]!) : text}'`;
}

/** Characters U+F700 to U+F7FF in UTF-8: bytes that stand for no character of the column's set (docs/FORMAT.md). */
const storedBytes = /(\xef(?:\x9c|\x9d|\x9e|\x9f)[\x80-\xbf])/;

/** Bytes without a character go as bytes of the column's own character set, the rest is converted to it. */
function mappedLiteral(text: string, charset: string): string {
  if (!storedBytes.test(text)) return textLiteral(text);
  const introducer = charset === 'ascii' ? '_binary ' : `_${charset} `;
  const parts = text.split(storedBytes).map((part, index) => {
    if (index % 2 === 0) return `CONVERT(${textLiteral(part)} USING ${charset})`;
    const byte = asText(part).codePointAt(0)! & 0xff;
    return `${introducer}x'${byte.toString(16).padStart(2, '0')}'`;
  });
  return `CONCAT(${parts.join(', ')})`;
}

interface TextForm {
  readonly charset: string | null;
  readonly collation: string;
}

/** Character sets whose text travels as bytes, and the labels in it as numbers. */
const unreadable = /^(?:big5|sjis|cp932|gb\w+|ujis|euc\w+|ucs2|utf16\w*|utf32|swe7|binary)$/;

/** The column's character set and collation, as the table's statement states them. */
function textFormOf({ name, type }: SnapshotColumn, tableSql: string): TextForm {
  const start = `\n  ${quote(name)} ${type}`;
  const at = tableSql.indexOf(start);
  const behind = at < 0 ? '' : tableSql.slice(at + start.length, at + start.length + 120);
  const own = /^(?: CHARACTER SET (\w+))?(?: COLLATE (\w+))?/.exec(behind);
  const tail = tableSql.slice(tableSql.lastIndexOf('\n)'));
  const collation = own?.[2] ?? (own?.[1] === undefined ? / COLLATE=(\w+)/.exec(tail)?.[1] : undefined);
  return { charset: own?.[1] ?? / CHARSET=(\w+)/.exec(tail)?.[1] ?? null, collation: collation ?? '' };
}

function isNumberedSet({ type }: SnapshotColumn, { charset, collation }: TextForm): boolean {
  if (!/^set\(/i.test(type)) return false;
  const isReadable = charset === null || !unreadable.test(charset);
  return !isReadable || travelsAsNumber(parseLabels(type), { isExact: collation.endsWith('_bin') });
}
