import type { IntegrityFinding } from '../../integrity/finding.ts';
import type { DatabaseSnapshot } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { compareRows } from '../../snapshot/difference.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { formatTableName, isSameTable } from '../../snapshot/table.ts';
import { keyColumns } from '../restoring/plan.ts';
import { type ChosenTable, columnNames } from '../restoring/table-plan.ts';
import { counted, sumOf } from '../take-snapshot.ts';
import { faultFinding } from './drill-finding.ts';

/** Reads every row back, and compares the digests of rows with those of the snapshot, table by table. */
export async function compareTables(
  ports: Ports,
  { file, snapshot }: { readonly file: SnapshotFile; readonly snapshot: DatabaseSnapshot },
  chosen: readonly ChosenTable[],
): Promise<IntegrityFinding[]> {
  ports.progress.phase('comparing', sumOf(chosen.map(({ entry }) => 2 * entry.rows)));
  const findings: IntegrityFinding[] = [];
  for (const one of chosen) {
    ports.progress.item(formatTableName(one.table));
    const finding = await compareTable(ports, { file, snapshot }, one);
    if (finding !== null) findings.push(finding);
  }
  return findings;
}

async function compareTable(
  ports: Ports,
  { file, snapshot }: { readonly file: SnapshotFile; readonly snapshot: DatabaseSnapshot },
  { entry, table }: ChosenTable,
): Promise<IntegrityFinding | null> {
  const live = snapshot.catalogue.tables.find((one) => isSameTable(one, table));
  const name = formatTableName(table);
  const place = {
    table,
    model: table.model,
    hint: 'The snapshot does not come back as it is: do not rely on it',
  };
  if (live === undefined) {
    const message = `Table ${name} is not there after the restore`;
    return faultFinding({ ...place, check: 'row-count', count: entry.rows, message });
  }
  const columns = columnNames(table);
  const difference = await compareRows({
    table: {
      columnCount: columns.length,
      key: live.key === null ? null : keyColumns(table, live, live.key),
      ...{ uniques: [], required: [], isNewer: null },
    },
    snapshot: counted(ports, file.rows(entry)),
    live: counted(ports, snapshot.rows(live, { columns })),
    policy: 'replace',
  });
  const { insert: missing, update: changed, delete: added } = difference;
  if (missing + changed + added === 0) return null;
  return faultFinding({
    ...place,
    check: missing === added ? 'row-digest' : 'row-count',
    count: missing + changed + added,
    message: `Table ${name} is not as in the snapshot after the restore: ${missing} rows missing, ${changed} changed, ${added} too many`,
  });
}
