import type { ComparisonOperator, FieldType, ValueKind } from '../../ports/check-query.ts';
import type { TableName } from '../../snapshot/table.ts';
import { parseInstantText } from '../../util/instant-text.ts';
import { type CheckDialect, maxSampleCharacters, type Operand } from '../check-dialect.ts';
import { isNumber } from '../check-sql.ts';
import { quoteName, quoteTable } from './quote.ts';

export interface SqliteDialectOptions {
  /** The name of the row number of a table; null where it has none. */
  readonly rowNumber: (table: TableName) => string | null;
  /** Texts are the same only when their bytes are, whatever the collation of the column. */
  readonly isBinary: boolean;
}

/** Of so many rows one looks at the clock. No step between row numbers that occurs in practice leaves all of them out. */
const rowsPerTick = 1021;
const whiteSpace = "' ' || char(9, 10, 11, 12, 13)";

const common = {
  quoteName,
  from: ({ name }: TableName) => quoteTable(name),
  sameKey: (left: string, right: string) => `${right} = ${left}`,
  isBlank: (column: string) => `(typeof(${column}) = 'text' AND trim(${column}, ${whiteSpace}) = '')`,
  isLonger: (column: string, characters: number) => `(length(${column}) > ${characters})`,
  isOneOf: (value: string, texts: readonly string[]) => `(${value} IN (${texts.map(quoteText).join(', ')}))`,
  sample: (value: string) => `substr(CAST(${value} AS TEXT), 1, ${maxSampleCharacters})`,
} as const;

const functions = { '+': 'hf_add', '-': 'hf_subtract', '*': 'hf_multiply' } as const;

/** For connections that have the functions of `addCheckFunctions`. */
export function exactDialect({ rowNumber, isBinary }: SqliteDialectOptions): CheckDialect {
  return {
    ...common,
    guard(table, alias) {
      const number = rowNumber(table);
      return number === null ? 'hf_tick()' : `(${alias}.${number} % ${rowsPerTick} <> 0 OR hf_tick())`;
    },
    value: (column, kind) => (kind === 'instant' ? `hf_instant(${column})` : binary(column, kind)),
    constant: (kind, value) =>
      kind === 'instant' ? String(parseInstantText(value)) : constantSql(kind, value),
    arithmetic: (operator, left, right) => `${functions[operator]}(${left.sql}, ${right.sql})`,
    compare: compareExactly,
    distance: (left, right) => ({
      sql: `hf_distance(${left.sql}, ${right.sql})`,
      kind: 'decimal',
      number: null,
    }),
    aggregate: (name, { sql, kind }) => (isNumber(kind) ? `hf_${name}(${sql})` : `${name}(${sql})`),
    isMistyped,
    groupKey(column, kind, ignoreCase) {
      if (kind === 'decimal') return `hf_number(${column})`;
      if (kind === 'instant') return `coalesce(hf_instant(${column}), ${column})`;
      if (kind !== 'text') return column;
      if (ignoreCase) return `hf_fold(${column}) COLLATE BINARY`;
      return isBinary ? `${column} COLLATE BINARY` : column;
    },
  };
}

/** For people: the shell of SQLite has none of Holdfast's functions, so numbers are rounded where they must be. */
export const plainDialect: CheckDialect = {
  ...common,
  guard: () => null,
  value: binary,
  constant: (kind, value) => (kind === 'decimal' ? value : constantSql(kind, value)),
  arithmetic: (operator, left, right) => `(${left.sql} ${operator} ${right.sql})`,
  compare: (operator, left, right) => `(${rounded(left)} ${operator} ${rounded(right)})`,
  distance: (left, right) => ({ sql: `abs(${left.sql} - ${right.sql})`, kind: 'decimal', number: null }),
  aggregate: (name, { sql }) => `${name}(${sql})`,
  isMistyped: (column, type) => plainlyMistyped(column, type),
  groupKey: (column, kind, ignoreCase) => (ignoreCase && kind === 'text' ? `lower(${column})` : column),
};

function binary(column: string, kind: ValueKind): string {
  return kind === 'text' ? `${column} COLLATE BINARY` : column;
}

function constantSql(kind: ValueKind, value: string): string {
  if (kind === 'boolean') return value === 'true' ? '1' : '0';
  if (kind !== 'decimal') return quoteText(value);
  // As text, SQLite would make a double of it.
  return isSmallInteger(value) ? value : quoteText(value);
}

function compareExactly(operator: ComparisonOperator, left: Operand, right: Operand): string {
  if (!isNumber(left.kind) && !isNumber(right.kind)) return `(${left.sql} ${operator} ${right.sql})`;
  const exact = `hf_compare(${left.sql}, ${right.sql}) ${operator} 0`;
  const [number, other] = left.number === null ? [right.number, left.sql] : [left.number, right.sql];
  if (number === null || !isSmallInteger(number)) return `(${exact})`;
  // SQLite compares its own numbers with an integer exactly, and faster.
  const native = `${left.sql} ${operator} ${right.sql}`;
  return `(CASE WHEN typeof(${other}) IN ('integer', 'real') THEN ${native} ELSE ${exact} END)`;
}

/** No double lies between two of these. */
function isSmallInteger(text: string): boolean {
  return /^-?\d{1,15}$/.test(text);
}

function isMistyped(column: string, type: FieldType): string {
  switch (type) {
    case 'integer':
      return `typeof(${column}) <> 'integer' AND NOT (typeof(${column}) = 'real' AND ${column} = CAST(${column} AS INTEGER))`;
    case 'decimal':
      return `NOT hf_is_number(${column})`;
    case 'real':
      return `typeof(${column}) IN ('text', 'blob')`;
    case 'text':
      return `typeof(${column}) = 'blob'`;
    case 'instant':
      return `hf_instant(${column}) IS NULL`;
    case 'boolean':
      return `(typeof(${column}) <> 'integer' OR ${column} NOT IN (0, 1))`;
    case 'bytes':
      return `typeof(${column}) <> 'blob'`;
    case 'json':
      // A number in a column of a numeric affinity is no longer a text, and still JSON.
      return `(typeof(${column}) = 'text' AND NOT json_valid(${column}))`;
  }
}

/** SQLite's own arithmetic leaves traces in the last places, which a person need not see as differences. */
function rounded({ sql, kind, number }: Operand): string {
  return (kind === 'decimal' || kind === 'real') && number === null ? `round(${sql}, 9)` : sql;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function plainlyMistyped(column: string, type: FieldType): string {
  if (type === 'instant') return `(typeof(${column}) = 'blob' OR datetime(${column}) IS NULL)`;
  return type === 'decimal' ? `typeof(${column}) IN ('text', 'blob')` : isMistyped(column, type);
}
