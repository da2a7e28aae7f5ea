import type { SchemaStatement } from '../snapshot/table.ts';
import { tagOf, textOf } from './row-cells.ts';
import {
  columnList,
  quotesLineEnd,
  type RowWriter,
  type SqlDialect,
  type TableContent,
  withoutQuoted,
} from './sql-dialect.ts';
import { realLiteral } from './sqlite-real.ts';

const maxStatementBytes = 1 << 19;

const quoted =
  /'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

/** Characters that the client does not pass on as they are in every place: NUL ends its line, CR before LF is lost. */
const needsHex = /[\0-\x08\x0b-\x1f]/;

/** For sqlite3, from version 3.37 on where a table is STRICT. */
export const sqliteSql: SqlDialect = {
  name: 'sqlite',
  provider: 'sqlite',
  isOf: () => true,
  client: 'sqlite3 -bail <file>',
  // Outside of a transaction: inside, both are ignored without a word.
  opening: `PRAGMA foreign_keys = OFF;
PRAGMA ignore_check_constraints = ON;
BEGIN;
`,
  commit: 'COMMIT;\n',
  closing: 'PRAGMA ignore_check_constraints = OFF;\n',
  setsCountersBeforeCommit: true,
  kindsBehindRows: new Set(['index', 'trigger']),
  quoteTable: ({ name }) => quote(name),
  escapesClient,
  createRowWriter,
  setCounter({ name, lastValue, isCalled }) {
    const table = `'${name.replaceAll("'", "''")}'`;
    const remove = `DELETE FROM sqlite_sequence WHERE name = ${table};\n`;
    if (!isCalled) return remove;
    return `${remove}INSERT INTO sqlite_sequence (name, seq) VALUES (${table}, ${lastValue});\n`;
  },
};

/** A line that begins with a dot is a command of the client where a statement could begin. */
function escapesClient({ sql }: SchemaStatement): boolean {
  const isOtherwise = /^[.#]|['"`\0]/m.test(withoutQuoted(sql, quoted)) || !/^\s*CREATE\s/i.test(sql);
  return isOtherwise || quotesLineEnd(sql, quoted);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function createRowWriter(content: TableContent): RowWriter {
  const { stored, table } = content;
  return {
    begin: `INSERT INTO ${quote(table.name)} (${columnList(content, quote)}) VALUES\n`,
    write(cells) {
      let row = '(';
      for (const index of stored) {
        if (row.length > 1) row += ',';
        row += literalOf(cells[index]!);
      }
      return `${row})`;
    },
    separator: ',\n',
    end: ';\n',
    maxBytes: maxStatementBytes,
  };
}

function literalOf(token: string): string {
  if (token === 'null') return 'NULL';
  if (token.startsWith('"')) return textLiteral(textOf(token));
  const tagged = tagOf(token);
  if (tagged === null) return /[.e]/.test(token) ? realLiteral(token) : token;
  const { tag, content } = tagged;
  if (tag === 'b') return `x'${content}'`;
  if (tag === 't') return `CAST(x'${content}' AS TEXT)`;
  if (tag === 'i') return content === smallest ? `(-9223372036854775807 - 1)` : content;
  return specialReals[content]!;
}

/** Without its sign it is beyond 64 bits, and would be read as a real. */
const smallest = '-9223372036854775808';

const specialReals: Readonly<Record<string, string>> = {
  Infinity: '9e999',
  '-Infinity': '-9e999',
  '-0.0': '-0.0',
};

function textLiteral(text: string): string {
  if (needsHex.test(text)) return `CAST(x'${Buffer.from(text, 'latin1').toString('hex')}' AS TEXT)`;
  return text.includes("'") ? `'${text.replaceAll("'", "''")}'` : `'${text}'`;
}
