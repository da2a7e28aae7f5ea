import { quoteIdentifiers, quoteTable } from './quoting.ts';
import type { RootRelation } from './relations.ts';

/**
 * What stands behind FROM so that exactly the table's own rows are read: no rows of inherited tables, all rows of
 * partitions but those that are stored elsewhere (foreign tables).
 *
 * @param columns the columns that the query uses
 */
export function fromClause(root: RootRelation, columns: readonly string[]): string {
  if (root.kind !== 'partitioned') return `ONLY ${quoteTable(root)}`;
  if (!root.partitions.some((one) => one.kind === 'foreign')) return quoteTable(root);
  const list = quoteIdentifiers(columns);
  const parts = root.partitions
    .filter((one) => one.kind === 'table')
    .map((one) => `SELECT ${list} FROM ONLY ${quoteTable(one)}`);
  const all =
    parts.length > 0 ? parts.join(' UNION ALL ') : `SELECT ${list} FROM ${quoteTable(root)} WHERE false`;
  return `(${all}) AS stored`;
}

/** The table or tables that hold its rows, for statements that change them all. */
export function storedTables(root: RootRelation): readonly string[] {
  if (root.kind !== 'partitioned') return [`ONLY ${quoteTable(root)}`];
  if (!root.partitions.some((one) => one.kind === 'foreign')) return [quoteTable(root)];
  return root.partitions.filter((one) => one.kind === 'table').map((one) => `ONLY ${quoteTable(one)}`);
}
