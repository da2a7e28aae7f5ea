import type { TableName } from '../snapshot/table.ts';

/** A column that the database itself numbers. */
export interface NumberedColumn {
  readonly table: TableName;
  readonly column: string;
}

/** What became of the new row of one table. */
export interface NextIdTrial extends NumberedColumn {
  /** `empty`: there is no row that a new one could be made after. */
  readonly outcome: 'written' | 'empty' | 'refused';
  /** Why the row was refused; null otherwise. */
  readonly reason: string | null;
}
