import type { Catalogue, ReadOptions } from '../../ports/database.ts';
import type { ConflictPolicy, TableDifference } from '../../snapshot/difference.ts';
import type { SnapshotTable } from '../../snapshot/header.ts';
import type { TableEntry } from '../../snapshot/manifest.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type { TableDefinition } from '../../snapshot/table.ts';
import type { AppSchema } from '../app-schema.ts';

/** The present rows, as one instant or as a transaction under locks shows them. */
export interface LiveRows {
  readonly catalogue: Catalogue;
  rows(table: TableDefinition, options?: ReadOptions): RowSource;
}

/** A table of the snapshot that was chosen for the restore. */
export interface ChosenTable {
  readonly entry: TableEntry;
  readonly table: SnapshotTable;
}

export interface TablePlan extends ChosenTable {
  /** Null when the table is made by this very restore. */
  readonly live: TableDefinition | null;
  readonly policy: ConflictPolicy;
  /** Null when the table is empty: every row is inserted. */
  readonly difference: TableDifference | null;
}

export interface PlanRequest {
  readonly file: SnapshotFile;
  readonly live: LiveRows;
  readonly chosen: readonly ChosenTable[];
  readonly policy: ConflictPolicy;
  readonly appSchema: AppSchema | null;
  /** Also forecast what the database itself would refuse, which costs time where that is hardly possible. */
  readonly forecastAll: boolean;
}

export function columnNames(table: SnapshotTable): readonly string[] {
  return table.columns.map((column) => column.name);
}
