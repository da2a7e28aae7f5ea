import type { ValueKind } from '../../ports/check-query.ts';
import type { TableName } from '../../snapshot/table.ts';
import { type CheckDialect, type ColumnPlace, maxSampleCharacters, type Operand } from '../check-dialect.ts';
import { isNumber } from '../check-sql.ts';
import { findTable, type PostgresCatalogue } from './catalogue.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from './quoting.ts';
import { fromClause } from './table-source.ts';

/** For people, who run the statement in a session of their own. */
export const postgresDialect: CheckDialect = makeDialect({
  from: quoteTable,
  sameKey: (left, right) => `${right} = ${left}`,
});

/** For the transaction of a snapshot, whose `search_path` is empty: operators of extensions are named in full. */
export function liveDialect(catalogue: PostgresCatalogue): CheckDialect {
  return makeDialect({
    from(table) {
      const found = findTable(catalogue, table);
      if (found === undefined) return quoteTable(table);
      const source = fromClause(
        found.root,
        found.columns.map(({ name }) => name),
      );
      return source.endsWith(' AS stored') ? source.slice(0, -' AS stored'.length) : source;
    },
    sameKey(left, right, { table, column }) {
      const known = findTable(catalogue, table)?.columns.find(({ name }) => name === column);
      return `${right} OPERATOR(${quoteIdentifier(known?.equalitySchema ?? 'pg_catalog')}.=) ${left}`;
    },
  });
}

interface Surroundings {
  readonly from: (table: TableName) => string;
  readonly sameKey: (left: string, right: string, parent: ColumnPlace) => string;
}

function makeDialect({ from, sameKey }: Surroundings): CheckDialect {
  return {
    quoteName: quoteIdentifier,
    from,
    sameKey,
    guard: () => null,
    value: valueSql,
    constant: constantSql,
    arithmetic: (operator, left, right) => `(${numeric(left)} ${operator} ${numeric(right)})`,
    compare: (operator, left, right) => `(${left.sql} ${operator} ${right.sql})`,
    distance: (left, right) => ({
      sql: `abs(${numeric(left)} - ${numeric(right)})`,
      kind: 'decimal',
      number: null,
    }),
    aggregate: (name, value) => `${name}(${isNumber(value.kind) ? numeric(value) : value.sql})`,
    isBlank: (column) => `(${column}::text !~ '[^[:space:]]')`,
    isLonger: (column, characters) => `(char_length(${column}::text) > ${characters})`,
    isOneOf: (value, texts) => `(${value} IN (${texts.map(quoteLiteral).join(', ')}))`,
    // Other types keep their values in bounds themselves; a number may still be none.
    isMistyped: (column, type) =>
      type === 'decimal' ? `${column}::text IN ('NaN', 'Infinity', '-Infinity')` : null,
    groupKey: (column, kind, ignoreCase) =>
      ignoreCase && kind === 'text' ? `lower(${column}::text)` : column,
    sample: (value) => `left((${value})::text, ${maxSampleCharacters})`,
  };
}

function valueSql(column: string, kind: ValueKind): string {
  if (kind === 'text') return `(${column}::text COLLATE "C")`;
  if (kind === 'decimal') return `${column}::numeric`;
  // The cast of a double itself keeps 15 digits only.
  return kind === 'real' ? `${column}::text::numeric` : column;
}

function constantSql(kind: ValueKind, value: string): string {
  if (kind === 'decimal') return value.startsWith('-') ? `(${value})` : value;
  if (kind === 'boolean') return value;
  return kind === 'instant' ? `${quoteLiteral(value)}::timestamptz` : quoteLiteral(value);
}

function numeric({ sql }: Operand): string {
  return `(${sql})::numeric`;
}
