import type { ValueKind } from '../../ports/check-query.ts';
import { type CheckDialect, maxSampleCharacters, type Operand } from '../check-dialect.ts';
import { isNumber } from '../check-sql.ts';
import { quoteName, quoteText } from './quote.ts';

/** One for all uses: servers watch the time themselves, and names mean the same in every session. */
export const mysqlDialect: CheckDialect = {
  quoteName,
  from: ({ name }) => quoteName(name),
  guard: () => null,
  value: valueSql,
  constant: constantSql,
  arithmetic: (operator, left, right) => `(${exact(left)} ${operator} ${exact(right)})`,
  compare: (operator, left, right) => `(${left.sql} ${operator} ${right.sql})`,
  distance: (left, right) => ({
    sql: `ABS(${exact(left)} - ${exact(right)})`,
    kind: 'decimal',
    number: null,
  }),
  aggregate: (name, value) => `${name}(${isNumber(value.kind) ? exact(value) : value.sql})`,
  sameKey: (left, right) => `${right} = ${left}`,
  isBlank: (column) => `(${utf8(column)} NOT REGEXP '[^[:space:]]')`,
  isLonger: (column, characters) => `(CHAR_LENGTH(${column}) > ${characters})`,
  isOneOf: (value, texts) => `(${value} IN (${texts.map((text) => constantSql('text', text)).join(', ')}))`,
  // TINYINT(1) is the only type of the server that holds more than its field can.
  isMistyped: (column, type) => (type === 'boolean' ? `${column} NOT IN (0, 1)` : null),
  groupKey: (column, kind, ignoreCase) =>
    ignoreCase && kind === 'text' ? `CAST(LOWER(${utf8(column)}) AS BINARY)` : column,
  sample: (value) => `LEFT(CAST(${value} AS CHAR), ${maxSampleCharacters})`,
};

function valueSql(column: string, kind: ValueKind): string {
  // Bytes compare exactly; a collation would take case, accents or trailing spaces for the same.
  if (kind === 'text') return `CAST(${utf8(column)} AS BINARY)`;
  // The text of a double reads back to it; the cast of the double itself rounds.
  return kind === 'real' ? `CAST(CAST(${column} + 0e0 AS CHAR) AS DECIMAL(65, 30))` : column;
}

function constantSql(kind: ValueKind, value: string): string {
  if (kind === 'decimal') return value.startsWith('-') ? `(${value})` : value;
  if (kind === 'boolean') return value === 'true' ? '1' : '0';
  if (kind === 'instant') return `TIMESTAMP'${value.replace('T', ' ').replace('Z', '')}'`;
  return `CAST(${quoteText(value)} AS BINARY)`;
}

/** Integers would overflow, and unsigned ones cannot be subtracted from each other. */
function exact({ sql, kind, number }: Operand): string {
  return kind === 'integer' && number === null ? `CAST(${sql} AS DECIMAL(65, 0))` : sql;
}

function utf8(sql: string): string {
  return `CONVERT(${sql} USING utf8mb4)`;
}
