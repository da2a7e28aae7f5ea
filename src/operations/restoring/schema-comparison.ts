import type { SnapshotColumn, SnapshotTable } from '../../snapshot/header.ts';
import {
  type ColumnDefinition,
  formatTableName,
  isSameTable,
  type TableDefinition,
} from '../../snapshot/table.ts';

/** One way in which a database's tables are not those that the snapshot was taken of. */
export interface SchemaDifference {
  readonly table: string;
  readonly column: string | null;
  readonly message: string;
  /** Safe: all of the snapshot's rows still fit, and what it does not know gets its default. */
  readonly isSafe: boolean;
}

/**
 * Compares the tables to be restored with those of the database.
 *
 * @param isWhole whether all tables of a whole snapshot are restored; then further tables of the database count
 */
export function compareSchemas(
  snapshot: readonly SnapshotTable[],
  live: readonly TableDefinition[],
  { isWhole }: { isWhole: boolean },
): readonly SchemaDifference[] {
  const differences = snapshot.flatMap((table) => {
    const present = live.find((one) => isSameTable(one, table));
    return present === undefined ? [missingTable(table)] : compareColumns(table, present);
  });
  if (!isWhole) return differences;
  const added = live.filter((table) => !snapshot.some((one) => isSameTable(one, table)));
  return [...differences, ...added.map(newTable)];
}

function missingTable(table: SnapshotTable): SchemaDifference {
  return {
    table: formatTableName(table),
    column: null,
    message: `table ${formatTableName(table)} is not in the database`,
    isSafe: false,
  };
}

function newTable(table: TableDefinition): SchemaDifference {
  return {
    table: formatTableName(table),
    column: null,
    message: `table ${formatTableName(table)} is not in the snapshot; its rows would stay as they are`,
    isSafe: true,
  };
}

function compareColumns(table: SnapshotTable, live: TableDefinition): SchemaDifference[] {
  const name = formatTableName(table);
  const found = table.columns.flatMap((column) => {
    const present = live.columns.find((one) => one.name === column.name);
    const reason = present === undefined ? 'is not in the database' : reasonAgainst(column, present);
    if (reason === null) return [];
    return [
      { table: name, column: column.name, message: `column ${name}.${column.name} ${reason}`, isSafe: false },
    ];
  });
  const added = live.columns.filter((column) => !table.columns.some((one) => one.name === column.name));
  return [...found, ...added.map((column) => newColumn(name, column))];
}

/** Why the snapshot's cells do not fit the column, or null when they do. */
function reasonAgainst(column: SnapshotColumn, present: ColumnDefinition): string | null {
  if (column.generated !== present.generated) {
    return present.generated ? 'is computed by the database now' : 'is no longer computed by the database';
  }
  const isSameType = column.type.toLowerCase() === present.type.toLowerCase();
  if (!isSameType || column.encoding !== present.encoding) {
    return `was ${column.type || 'untyped'} and is ${present.type || 'untyped'} now`;
  }
  const lost = (column.labels ?? []).filter(
    (label) => present.labels !== undefined && !present.labels.includes(label),
  );
  return lost.length === 0
    ? null
    : `no longer knows ${lost.map((label) => JSON.stringify(label)).join(', ')}`;
}

function newColumn(table: string, column: ColumnDefinition): SchemaDifference {
  const isSafe = column.nullable || column.hasDefault || column.generated;
  const consequence = isSafe ? 'it would get its default' : 'and it needs a value in every row';
  return {
    table,
    column: column.name,
    message: `column ${table}.${column.name} is not in the snapshot; ${consequence}`.replace(
      '; and',
      ', and',
    ),
    isSafe,
  };
}
