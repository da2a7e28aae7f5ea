import type { TableName } from '../snapshot/table.ts';

/**
 * What a value means, whatever the database stores it as.
 *
 * - `integer`, `decimal`, `real`: numbers, compared and added exactly; a real is the shortest decimal that reads back
 *   to it
 * - `text`: compared character by character, whatever the collation; also labels of enumerations
 * - `instant`: dates and times, UTC where none says otherwise
 * - `other`: compared as the database compares it
 */
export type ValueKind = 'integer' | 'decimal' | 'real' | 'text' | 'instant' | 'boolean' | 'other';

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** How a row finds rows of another table: its own `columns` hold the same values as their `theirColumns`. */
export interface Link {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly theirColumns: readonly string[];
}

/** A value of the row that is looked at. NULL in it makes it NULL. */
export type Expression =
  | { readonly is: 'column'; readonly column: string; readonly kind: ValueKind }
  /** Decimal digits; text; an ISO 8601 instant in UTC; `true` or `false`. */
  | {
      readonly is: 'constant';
      readonly kind: 'decimal' | 'text' | 'instant' | 'boolean';
      readonly value: string;
    }
  | {
      readonly is: 'arithmetic';
      readonly operator: '+' | '-' | '*';
      readonly left: Expression;
      readonly right: Expression;
    }
  /** A value of the one row that the link leads to; NULL when there is none. */
  | { readonly is: 'parent'; readonly link: Link; readonly value: Expression }
  /** Over all rows that the link leads to: sum and count of none are 0, min and max of none NULL. */
  | {
      readonly is: 'aggregate';
      readonly function: 'sum' | 'count' | 'min' | 'max';
      readonly link: Link;
      /** Of each of those rows; rows in which it is NULL do not take part. Null counts every row. */
      readonly value: Expression | null;
      /** Which of those rows take part; null: all. */
      readonly where: Condition | null;
    };

/** True, false or unknown, as in SQL: a comparison with NULL is unknown. */
export type Condition =
  | {
      readonly is: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
      /** How far the sides may lie apart and still count as equal; only with `=` and `<>`. */
      readonly tolerance: string | null;
    }
  | { readonly is: 'null'; readonly value: Expression }
  /** A text without any character but white space. */
  | { readonly is: 'blank'; readonly column: string }
  | { readonly is: 'one of'; readonly value: Expression; readonly texts: readonly string[] }
  /** All columns of the link are set and lead to no row. */
  | { readonly is: 'orphan'; readonly link: Link }
  /** More characters than that. */
  | { readonly is: 'longer'; readonly column: string; readonly characters: number }
  /** The stored value is none that a field of this type can hold. */
  | { readonly is: 'mistyped'; readonly column: string; readonly type: FieldType }
  | { readonly is: 'not'; readonly condition: Condition }
  | { readonly is: 'and' | 'or'; readonly conditions: readonly Condition[] };

export type FieldType = 'integer' | 'decimal' | 'real' | 'text' | 'instant' | 'boolean' | 'bytes' | 'json';

export interface ShownColumn {
  readonly column: string;
  /** What a person calls it. */
  readonly label: string;
  readonly kind: ValueKind;
}

/** Something that a sample tells of a row. */
export interface ShownValue {
  /** What a person calls it. */
  readonly label: string;
  readonly value: Expression;
}

/** Which rows of a table fulfil a condition. */
export interface RowsQuery {
  readonly is: 'rows';
  readonly table: TableName;
  readonly where: Condition;
  readonly show: readonly ShownValue[];
}

/** Which values stand in more than one row; a NULL in any of the columns takes the row out. */
export interface DuplicatesQuery {
  readonly is: 'duplicates';
  readonly table: TableName;
  readonly columns: readonly ShownColumn[];
  /** Texts that differ only in case count as the same. */
  readonly ignoreCase: boolean;
}

/** How many rows the table holds. */
export interface CountQuery {
  readonly is: 'count';
  readonly table: TableName;
}

/** A question about the data, as a value: each engine makes its own SQL of it. */
export type CheckQuery = RowsQuery | DuplicatesQuery | CountQuery;

export interface CheckOptions {
  /** After this time the query is given up. */
  readonly timeoutMs: number;
  /** How many rows or values to bring back as samples. */
  readonly samples: number;
}

export interface CheckAnswer {
  /** Rows; of duplicates the values. Null when the time was over. */
  readonly count: number | null;
  /** The shown columns as text, null for NULL; of duplicates with the number of rows behind them. */
  readonly samples: readonly (readonly (string | null)[])[];
}

/** Something that holds still and can be asked. */
export interface Checkable {
  /**
   * Answers one query by reading only, without keeping anyone from writing. Another query may be asked after one whose
   * time was over, or that was rejected with DATABASE.READ.
   *
   * @throws AppError DATABASE.READ when the database refuses the query, LOST
   */
  check(query: CheckQuery, options: CheckOptions): Promise<CheckAnswer>;
}
