import type { Database } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { isSameTable } from '../../snapshot/table.ts';
import { applyPlan } from '../restoring/apply.ts';
import type { ChosenTable, TablePlan } from '../restoring/table-plan.ts';

const scope = { allSchemas: false };

export interface Rehearsal {
  readonly file: SnapshotFile;
  /** Empty, and nobody else's. */
  readonly database: Database;
}

/** Every table of the snapshot, as a restore would choose them. */
export async function readHeads(file: SnapshotFile): Promise<ChosenTable[]> {
  const chosen: ChosenTable[] = [];
  for (const entry of file.manifest.tables) chosen.push({ entry, table: await file.tableHead(entry) });
  return chosen;
}

/**
 * Makes the tables of a snapshot and fills them as `restore --create-schema` does: the same transaction with the same
 * checks, without what protects a database that holds rows.
 *
 * @returns sentences for the operator
 */
export async function rehearse(
  ports: Ports,
  { file, database }: Rehearsal,
  chosen: readonly ChosenTable[],
): Promise<readonly string[]> {
  const transaction = await database.openRestore({
    scope,
    tables: chosen.map(({ table }) => table),
    createSchema: file.schema.definition,
    dropTriggers: true,
    isPrivate: true,
    // Nothing has to be put back into a database that is dropped.
    saveJournal: async () => {},
  });
  try {
    const tables = chosen.map((one): TablePlan => {
      const live = transaction.catalogue.tables.find((table) => isSameTable(table, one.table)) ?? null;
      return { ...one, live, policy: 'replace', difference: null };
    });
    const plan = { tables, foreignKeys: [] };
    const isWhole = !file.header.partial;
    const found = await applyPlan(ports, { file, transaction, plan, policy: 'replace', isWhole });
    ports.signal?.throwIfAborted();
    ports.progress.phase('committing', null);
    return [...found, ...(await transaction.commit())];
  } catch (error) {
    // The database is dropped whatever becomes of this, so the first error is the one that matters.
    await transaction.rollback().catch(() => undefined);
    throw error;
  }
}
