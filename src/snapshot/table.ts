/** The kinds of database that Holdfast reads, by the provider names of the Prisma schema. */
export type Provider = 'sqlite' | 'postgresql' | 'mysql';

/**
 * How the cells of a column stand in a row line (docs/FORMAT.md).
 *
 * - `text`: a JSON string of the database's own text form, or null
 * - `integer`: a bare JSON integer within ±(2^53 − 1), or null
 * - `boolean`: true, false or null
 * - `bytes`: a JSON string of lower or upper case hex digits, or null
 * - `cell`: a value that carries its own type: null, string, integer, real with `.` or `e`, `{"i":"…"}` integer beyond
 *   ±(2^53 − 1), `{"r":"…"}` one of Infinity, -Infinity, -0.0, `{"b":"hex"}` blob, `{"t":"hex"}` text that is not UTF-8
 */
export type CellEncoding = 'text' | 'integer' | 'boolean' | 'bytes' | 'cell';

/**
 * Which different texts the database takes for the same key value.
 *
 * - `exact`: none; equal means equal text
 * - `number`: texts of the same number (1, 1.0, 1.00, 1e0)
 * - `ascii-case`: texts that differ in the case of ASCII letters
 * - `ignore-case`: texts that differ in case
 * - `ignore-case-and-accents`: texts that differ in case, accents or trailing spaces
 * - `trailing-spaces`: texts that differ in trailing spaces
 */
export type KeyComparison =
  | 'exact'
  | 'number'
  | 'ascii-case'
  | 'ignore-case'
  | 'ignore-case-and-accents'
  | 'trailing-spaces';

export interface ColumnDefinition {
  readonly name: string;
  /** The type as the database itself prints it. */
  readonly type: string;
  readonly encoding: CellEncoding;
  readonly nullable: boolean;
  /** Computed by the database: stored in the snapshot for reading, never written back. */
  readonly generated: boolean;
  /** A row may be inserted without this column (default, identity, auto-increment). */
  readonly hasDefault: boolean;
  readonly comparison: KeyComparison;
  /** The labels of an enumeration, in order; absent for every other type. */
  readonly labels?: readonly string[];
}

/** A table by its database name. `schema` is null where the database has no schemas. */
export interface TableName {
  readonly schema: string | null;
  readonly name: string;
}

export interface UniqueIndex {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface TableDefinition extends TableName {
  readonly columns: readonly ColumnDefinition[];
  /**
   * The columns that identify a row: the primary key, else the unique index over required columns with the fewest
   * columns; null when there is none, and then rows are a multiset.
   */
  readonly key: readonly string[] | null;
  /** The other unique indexes that hold for all rows (not partial, no expressions). NULLs are distinct in them. */
  readonly uniques: readonly UniqueIndex[];
  /** The server's estimate, for progress only. */
  readonly estimatedRows: number;
}

export interface ForeignKey {
  readonly name: string;
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly parent: TableName;
  readonly parentColumns: readonly string[];
}

/**
 * The counter behind generated ids. `lastValue` is decimal text. With `isCalled` the next value is one step beyond
 * it, without it `lastValue` itself comes next.
 */
export interface SequenceState extends TableName {
  /** The table and column that it numbers, where there is exactly one. */
  readonly feeds: { readonly table: TableName; readonly column: string } | null;
  readonly lastValue: string;
  readonly isCalled: boolean;
  /** The step, negative when it counts down. */
  readonly increment: string;
}

/** Something the snapshot does not hold, and why. */
export interface LeftOut {
  /** For example `view`, `materialized view`, `function`, `virtual table`, `table`, `schema`, `trigger`. */
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
}

/** One statement of the stored definition; run only by `restore --create-schema`, in the order of the list. */
export interface SchemaStatement {
  readonly kind: string;
  readonly name: string;
  readonly sql: string;
}

/** A table's name for people: `orders`, or `sales.orders` outside the default schema of the list it stands in. */
export function formatTableName(table: TableName): string {
  return table.schema === null ? table.name : `${table.schema}.${table.name}`;
}

/** A text that is equal for equal table names only; for maps and sets. */
export function tableId(table: TableName): string {
  return JSON.stringify([table.schema, table.name]);
}

export function isSameTable(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}
