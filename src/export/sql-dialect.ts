import type { SnapshotTable } from '../snapshot/header.ts';
import type { Provider, SchemaStatement, SequenceState, TableName } from '../snapshot/table.ts';

/** Names of the native clients' languages, as `--dialect` takes them. */
export type DialectName = 'postgresql' | 'mysql' | 'mariadb' | 'sqlite';

/** How the rows of one table are written. */
export interface RowWriter {
  /** In front of the first row of a statement. */
  readonly begin: string;
  /** One row, from the tokens of its line; bytes as latin1. */
  write(cells: readonly string[]): string;
  /** Between two rows of a statement. */
  readonly separator: string;
  /** Behind the last row of a statement. */
  readonly end: string;
  /** A statement is closed when it has this many bytes; null when one takes all rows. */
  readonly maxBytes: number | null;
}

export interface TableContent {
  readonly table: SnapshotTable;
  /** The statement that makes the table. */
  readonly sql: string;
  /** The columns that the database does not compute itself, as they stand in `table.columns`. */
  readonly stored: readonly number[];
}

/**
 * What is different between the databases in a file of SQL. Every text that comes from a snapshot is quoted so that
 * neither the server nor its command-line client takes any part of it for something else.
 */
export interface SqlDialect {
  readonly name: DialectName;
  readonly provider: Provider;
  /** Whether this is the language of the server that prints such a version. */
  isOf(serverVersion: string): boolean;
  /** The client that loads the file, as it is called. */
  readonly client: string;
  /** Pins everything that values depend on, and begins the transaction. */
  readonly opening: string;
  readonly commit: string;
  /** Behind the commit, with the counters that cannot be set before it. */
  readonly closing: string;
  readonly setsCountersBeforeCommit: boolean;
  /** Kinds of statements that run behind the rows: they are faster then, and no row waits for another. */
  readonly kindsBehindRows: ReadonlySet<string>;
  quoteTable(table: TableName): string;
  /** Whether a stored statement would make the client do something else than send it. */
  escapesClient(statement: SchemaStatement): boolean;
  createRowWriter(content: TableContent): RowWriter;
  /** The statement that sets a counter; null where it needs none. */
  setCounter(sequence: SequenceState): string | null;
}

/** The names of a table's stored columns as a list in SQL. */
export function columnList({ table, stored }: TableContent, quote: (name: string) => string): string {
  return stored.map((index) => quote(table.columns[index]!.name)).join(', ');
}

/** Takes out of a statement what stands between quotes, so that the rest can be looked at; an open quote stays. */
export function withoutQuoted(sql: string, quoted: RegExp): string {
  return sql.replace(quoted, ' ');
}

/** Whether a name or a text in a statement holds a line end of Windows: clients make a plain one of it. */
export function quotesLineEnd(sql: string, quoted: RegExp): boolean {
  return sql.includes('\r\n') && [...sql.matchAll(quoted)].some(([text]) => text.includes('\r\n'));
}
