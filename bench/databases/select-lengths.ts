import type { Table } from '../data/tables.ts';

/** A query that has to form the text of every cell of a table, and answers with one row. */
export function selectLengths(table: Table, quote: (name: string) => string): string {
  const lengths = table.columns.map(({ name }) => `SUM(LENGTH(${quote(name)}))`);
  return `SELECT ${lengths.join(', ')} FROM ${quote(table.name)}`;
}
