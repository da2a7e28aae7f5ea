import type { ComparisonOperator, FieldType, ValueKind } from '../ports/check-query.ts';
import type { TableName } from '../snapshot/table.ts';

/** A part of a statement, and what its value means. */
export interface Operand {
  readonly sql: string;
  readonly kind: ValueKind;
  /** The digits of a number that stands in the query itself; null for everything else. */
  readonly number: string | null;
}

/** A column behind an alias, and where it comes from. */
export interface ColumnPlace {
  readonly table: TableName;
  readonly column: string;
}

/** How one engine says what checks ask for. Everything is SQL text; columns come quoted and with their alias. */
export interface CheckDialect {
  quoteName(name: string): string;
  /** What stands behind FROM, without an alias. */
  from(table: TableName): string;
  /**
   * A condition that is true for every row and ends the query when its time is over; null where the server itself
   * watches the time.
   */
  guard(table: TableName, alias: string): string | null;
  /** The column in a form whose values compare as their kind says. */
  value(column: string, kind: ValueKind): string;
  constant(kind: ValueKind, value: string): string;
  arithmetic(operator: '+' | '-' | '*', left: Operand, right: Operand): string;
  /** The two operands are of kinds that compare with each other. */
  compare(operator: ComparisonOperator, left: Operand, right: Operand): string;
  /** How far two numbers lie apart. */
  distance(left: Operand, right: Operand): Operand;
  aggregate(name: 'sum' | 'min' | 'max', value: Operand): string;
  /** Equality of two keys as a foreign key sees it; `parent` is the right side. */
  sameKey(left: string, right: string, parent: ColumnPlace): string;
  isBlank(column: string): string;
  isLonger(column: string, characters: number): string;
  isOneOf(value: string, texts: readonly string[]): string;
  /** Null where the database itself lets no such value in. */
  isMistyped(column: string, type: FieldType): string | null;
  /** Equal for values that are the same; texts are folded where case is ignored. */
  groupKey(column: string, kind: ValueKind, ignoreCase: boolean): string;
  /** The value as a short text for people. */
  sample(value: string): string;
}

/** The most characters of one value that a sample shows. */
export const maxSampleCharacters = 80;
