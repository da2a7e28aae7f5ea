import { isSameTable, type TableName } from '../../snapshot/table.ts';
import { countOf, formatCount } from '../../util/bytes.ts';
import { type FoundFault, placeOf } from '../check.ts';
import { type CheckedTable, nameOf } from '../data-facts.ts';

/** What the newest good snapshot holds. */
export interface HeldTables {
  readonly snapshot: string;
  readonly tables: readonly (TableName & { readonly rows: number })[];
}

export interface CountedTable {
  readonly table: CheckedTable;
  readonly rows: number;
}

/** Fewer rows than this say nothing by their number. */
const fewRows = 100;
const hint = 'Take a new one: holdfast backup';

/** Tables whose rows the snapshot holds not at all, or so few of that a restore would lose more than a day's work. */
export function findMissingFromBackup(counted: readonly CountedTable[], held: HeldTables): FoundFault[] {
  return counted.flatMap(({ table, rows }) => {
    const entry = held.tables.find((one) => isSameTable(one, table));
    if (rows === 0) return [];
    if (entry === undefined) {
      const message = `The newest good snapshot, ${held.snapshot}, does not hold ${nameOf(table)}: ${countOf(rows, 'row')} have no backup`;
      return fault(table, 'error', rows, message);
    }
    if (rows < fewRows || entry.rows * 2 >= rows) return [];
    const message = `The newest good snapshot, ${held.snapshot}, holds ${formatCount(entry.rows)} of now ${countOf(rows, 'row')} of ${nameOf(table)}`;
    return fault(table, 'warning', rows - entry.rows, message);
  });
}

function fault(
  table: CheckedTable,
  severity: FoundFault['severity'],
  count: number,
  message: string,
): FoundFault {
  return { ...placeOf(table, []), name: 'backup-incomplete', severity, count, samples: [], message, hint };
}
