import { AppError, InternalError } from '../../errors.ts';
import type { RestoreTransaction } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import { type ConflictPolicy, rowMark } from '../../snapshot/difference.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { pickRows, projectRows } from '../../snapshot/row-filter.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import {
  type ForeignKey,
  formatTableName,
  isSameTable,
  type SequenceState,
  type TableDefinition,
  type TableName,
} from '../../snapshot/table.ts';
import { counted, sumOf } from '../take-snapshot.ts';
import { countSnapshotOrphans, writtenRows } from './foreign-key-forecast.ts';
import { keyColumns, type RestorePlan } from './plan.ts';
import { columnNames, type TablePlan } from './table-plan.ts';

export interface ApplyRequest {
  readonly file: SnapshotFile;
  readonly transaction: RestoreTransaction;
  readonly plan: RestorePlan;
  readonly policy: ConflictPolicy;
  /** Whether every table of the snapshot is restored: then counters that feed no table are set, too. */
  readonly isWhole: boolean;
}

/**
 * Carries a plan out inside the transaction, and checks the result there: rows per table, counters, orphans. The
 * caller commits, or rolls back whatever this throws.
 *
 * @returns sentences for the operator
 */
export async function applyPlan(ports: Ports, request: ApplyRequest): Promise<readonly string[]> {
  const { transaction, plan } = request;
  const replaced = plan.tables.filter((table) => table.policy === 'replace');
  if (replaced.length > 0) await transaction.clear(replaced.map((table) => liveOf(request, table)));
  ports.progress.phase('restoring', sumOf(plan.tables.map((table) => table.entry.rows)));
  for (const table of plan.tables) await applyTable(ports, request, table);
  const raised = await transaction.setSequences(sequencesOf(request), {
    atLeastCurrent: request.policy !== 'replace',
  });
  const orphans = await checkOrphans(ports, request);
  return [...raised, ...orphans];
}

async function applyTable(ports: Ports, request: ApplyRequest, plan: TablePlan): Promise<void> {
  const { transaction } = request;
  const live = liveOf(request, plan);
  ports.progress.item(formatTableName(live));
  const before = plan.policy === 'replace' ? 0 : await transaction.countRows(live);
  const replaced = await deleteReplaced(request, plan, live);
  const inserted = await transaction.insertRows(
    live,
    columnNames(plan.table),
    rowsToWrite(ports, request.file, plan),
  );
  const after = await transaction.countRows(live);
  const isDone =
    plan.policy === 'replace'
      ? inserted === plan.entry.rows && after === inserted
      : isAsPlanned(plan, { before, replaced, inserted, after });
  if (isDone) return;
  throw new AppError(
    'RESTORE.CHECK',
    `Table ${formatTableName(live)} is not what was planned: of ${before} rows ${replaced} were deleted, ${inserted} were inserted, and ${after} are there`,
    { hint: `Nothing was changed. ${wayOn(plan)}` },
  );
}

function wayOn({ policy }: TablePlan): string {
  return policy === 'replace'
    ? 'Something else wrote to the table, or a trigger acts on it'
    : 'The database compares keys in another way than Holdfast knows; --clear-existing replaces all rows of the table';
}

/** A database that takes other keys for the same than were paired would replace too few rows, or too many. */
function isAsPlanned(
  { difference }: TablePlan,
  {
    before,
    replaced,
    inserted,
    after,
  }: { before: number; replaced: number; inserted: number; after: number },
): boolean {
  if (difference === null) throw new InternalError('a table without a difference is replaced');
  const { insert, update } = difference;
  return replaced === update && inserted === insert + update && after === before + insert;
}

/** Deletes present rows that the snapshot's take the place of, all of them first: unique values may move between rows. */
async function deleteReplaced(
  request: ApplyRequest,
  plan: TablePlan,
  live: TableDefinition,
): Promise<number> {
  const { difference } = plan;
  if (plan.policy === 'replace' || difference === null || difference.update === 0) return 0;
  const key = keyColumns(plan.table, live, live.key ?? []);
  if (key === null || key.length === 0)
    throw new InternalError(`rows of ${formatTableName(live)} changed without a key`);
  const updated = pickRows(
    request.file.rows(plan.entry),
    (position) => difference.marks.get(position) === rowMark.update,
  );
  const indexes = key.map((column) => column.index);
  return request.transaction.deleteRows(
    live,
    projectRows(updated, { columnCount: plan.table.columns.length, indexes }),
  );
}

function rowsToWrite(ports: Ports, file: SnapshotFile, plan: TablePlan): RowSource {
  const rows = counted(ports, file.rows(plan.entry));
  return plan.policy === 'replace' ? rows : pickRows(rows, writtenRows(plan));
}

function liveOf({ transaction }: ApplyRequest, plan: { readonly table: TableName }): TableDefinition {
  const live = transaction.catalogue.tables.find((one) => isSameTable(one, plan.table));
  if (live !== undefined) return live;
  throw new AppError(
    'DATABASE.CHANGED',
    `Table ${formatTableName(plan.table)} has disappeared from the database`,
  );
}

/** The counters of the restored tables; those of no table only with the whole snapshot. */
function sequencesOf({ file, plan, isWhole }: ApplyRequest): readonly SequenceState[] {
  return file.manifest.sequences.filter(({ feeds }) =>
    feeds === null ? isWhole : plan.tables.some((table) => isSameTable(table.table, feeds.table)),
  );
}

/** No orphan may be there that neither the snapshot holds nor the database held before. */
async function checkOrphans(ports: Ports, request: ApplyRequest): Promise<string[]> {
  const { transaction, plan } = request;
  const warnings: string[] = [];
  for (const foreignKey of transaction.catalogue.foreignKeys) {
    if (!touches(foreignKey, plan)) continue;
    ports.signal?.throwIfAborted();
    const orphans = await transaction.countOrphans(foreignKey);
    if (orphans === 0) continue;
    const allowed = await allowedOrphans(request, foreignKey);
    const [child, parent] = [formatTableName(foreignKey.table), formatTableName(foreignKey.parent)];
    if (orphans > allowed) {
      throw new AppError(
        'RESTORE.ORPHANS',
        `${orphans - allowed} rows of ${child} would point to rows of ${parent} that are not there (${foreignKey.name})`,
        {
          hint: 'Nothing was changed. Restore both tables together, or choose other ones with --only',
        },
      );
    }
    warnings.push(
      `${orphans} rows of ${child} point to rows of ${parent} that are not there, as before or as in the snapshot (${foreignKey.name})`,
    );
  }
  return warnings;
}

async function allowedOrphans({ file, plan }: ApplyRequest, foreignKey: ForeignKey): Promise<number> {
  const forecast = plan.foreignKeys.find(
    (one) => one.foreignKey.name === foreignKey.name && isSameTable(one.foreignKey.table, foreignKey.table),
  );
  if (forecast !== undefined) return forecast.forecast.orphans - forecast.forecast.newOrphans;
  return countSnapshotOrphans({ file, tables: plan.tables }, foreignKey);
}

function touches(foreignKey: ForeignKey, { tables }: RestorePlan): boolean {
  return tables.some(
    ({ table }) => isSameTable(table, foreignKey.table) || isSameTable(table, foreignKey.parent),
  );
}
