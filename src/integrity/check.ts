import type { Condition, DuplicatesQuery, RowsQuery, ShownValue } from '../ports/check-query.ts';
import type { CheckName, Severity } from '../ports/check-settings.ts';
import type { TableName } from '../snapshot/table.ts';
import { type CheckedTable, labelOf } from './data-facts.ts';
import { kindOfColumn } from './value-kind.ts';

/** Where something is: a table, and the columns in it that matter, by the names that a person knows. */
export interface Place {
  readonly model: string | null;
  readonly table: TableName | null;
  readonly fields: readonly string[];
}

/** One question about the data, and what to say when its answer is not zero. */
export interface Check extends Place {
  readonly name: CheckName | 'rule';
  readonly severity: Severity;
  readonly query: RowsQuery | DuplicatesQuery;
  readonly message: (count: number) => string;
  readonly hint: string | null;
  /** The text of a business rule; null for a built-in check. */
  readonly rule: string | null;
}

/** Something found without asking for rows. */
export interface FoundFault extends Place {
  readonly name: CheckName;
  readonly severity: Severity;
  readonly count: number;
  readonly samples: readonly string[];
  readonly message: string;
  readonly hint: string | null;
}

/** Columns of a table as a place. */
export function placeOf(table: CheckedTable, columns: readonly string[]): Place {
  return {
    model: table.model?.name ?? null,
    table: { schema: table.schema, name: table.name },
    fields: columns.map((column) => labelOf(table, column)),
  };
}

/** A query for rows, whose samples show the key and the columns that matter. */
export function rowsWhere(table: CheckedTable, columns: readonly string[], where: Condition): RowsQuery {
  return {
    is: 'rows',
    table: { schema: table.schema, name: table.name },
    where,
    show: [...new Set([...(table.key ?? []), ...columns])].map((column) => shownColumn(table, column)),
  };
}

function shownColumn(table: CheckedTable, column: string): ShownValue {
  const kind = kindOfColumn(table, column);
  return { label: labelOf(table, column), value: { is: 'column', column, kind } };
}

/** `Order.customerId`, `Order.(a, b)`. */
export function spell(owner: string, fields: readonly string[]): string {
  return fields.length === 1 ? `${owner}.${fields[0]}` : `${owner}.(${fields.join(', ')})`;
}
