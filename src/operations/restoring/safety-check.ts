import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { RestoreTransaction } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { type ComparedTable, compareRows } from '../../snapshot/difference.ts';
import type { TableEntry } from '../../snapshot/manifest.ts';
import { openSnapshotFile, type SnapshotFile } from '../../snapshot/reader.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { formatTableName, isSameTable, type TableDefinition } from '../../snapshot/table.ts';
import { isMigrationsTable } from '../table-choice.ts';
import type { TakenSnapshot } from '../take-snapshot.ts';
import type { RestorePlan } from './plan.ts';

export interface SafetyQuestion {
  /** The safety snapshot; null when none was taken because there were no rows to lose. */
  readonly safety: TakenSnapshot | null;
  readonly transaction: RestoreTransaction;
  readonly plan: RestorePlan;
}

/**
 * Makes sure, under the locks of the restore, that every row which is about to go is in the safety snapshot: what the
 * application wrote after that was taken would be lost for good.
 *
 * @throws AppError DATABASE.CHANGED
 */
export async function checkSafety(ports: Ports, question: SafetyQuestion): Promise<void> {
  const { safety, transaction } = question;
  const losing = losingTables(question);
  if (losing.length === 0) return;
  if (safety === null) {
    const unsaved = losing.filter((table) => !isMigrationsTable(table));
    if (unsaved.length > 0) throw changed(unsaved, 'was empty when the restore began');
    return;
  }
  ports.progress.phase('comparing with the safety snapshot', null);
  const file = await openSnapshotFile(safety.path, safety.unlock);
  try {
    for (const table of losing) {
      ports.signal?.throwIfAborted();
      const entry = file.manifest.tables.find((one) => isSameTable(one, table));
      if (entry !== undefined && (await holdsSameRows(transaction, { file, entry, table }))) continue;
      throw changed([table], 'was written to after the safety snapshot was taken');
    }
  } finally {
    await file.close();
  }
}

/** The tables that lose a row, or a former content of one. */
function losingTables({ plan, transaction }: SafetyQuestion): TableDefinition[] {
  const losing = plan.tables.filter(
    ({ difference }) => (difference?.delete ?? 0) + (difference?.update ?? 0) > 0,
  );
  return transaction.catalogue.tables.filter((live) => losing.some(({ table }) => isSameTable(table, live)));
}

interface SavedTable {
  readonly file: SnapshotFile;
  readonly entry: TableEntry;
  readonly table: TableDefinition;
}

/** Nearly always the rows come in the order in which they were saved, so that one digest tells. */
async function holdsSameRows(
  transaction: RestoreTransaction,
  { file, entry, table }: SavedTable,
): Promise<boolean> {
  if ((await digestRows(transaction.rows(table))) === entry.sha256) return true;
  const { insert, delete: gone } = await compareRows({
    table: asMultiset(table),
    snapshot: file.rows(entry),
    live: transaction.rows(table),
    policy: 'replace',
  });
  return insert === 0 && gone === 0;
}

async function digestRows(rows: RowSource): Promise<string> {
  const digest = createHash('sha256');
  for await (const { bytes } of rows) digest.update(bytes);
  return digest.digest('hex');
}

function asMultiset({ columns }: TableDefinition): ComparedTable {
  return { columnCount: columns.length, key: null, uniques: [], required: [], isNewer: null };
}

function changed(tables: readonly TableDefinition[], what: string): AppError {
  return new AppError('DATABASE.CHANGED', `Table ${tables.map(formatTableName).join(', ')} ${what}`, {
    hint: 'Nothing was changed. Stop the application, then run the command again',
  });
}
