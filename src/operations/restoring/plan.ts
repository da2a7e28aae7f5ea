import type { Ports } from '../../ports/ports.ts';
import type { KeyColumn } from '../../snapshot/cell-key.ts';
import { type ComparedTable, compareRows, type TableDifference } from '../../snapshot/difference.ts';
import type { SnapshotTable } from '../../snapshot/header.ts';
import { appendCells } from '../../snapshot/row-filter.ts';
import {
  type ColumnDefinition,
  formatTableName,
  isSameTable,
  type TableDefinition,
} from '../../snapshot/table.ts';
import { counted, sumOf } from '../take-snapshot.ts';
import { type ForeignKeyForecast, forecastForeignKeys } from './foreign-key-forecast.ts';
import { newerThan } from './newer-rows.ts';
import {
  type ChosenTable,
  columnNames,
  type LiveRows,
  type PlanRequest,
  type TablePlan,
} from './table-plan.ts';

/** What a restore does, decided before anything is written. */
export interface RestorePlan {
  readonly tables: readonly TablePlan[];
  readonly foreignKeys: readonly ForeignKeyForecast[];
}

/** Counts the effects of a restore by reading both sides; writes nothing and keeps digests only. */
export async function planRestore(ports: Ports, request: PlanRequest): Promise<RestorePlan> {
  ports.progress.phase('comparing', sumOf(request.chosen.map(({ entry }) => 2 * entry.rows)));
  const tables: TablePlan[] = [];
  for (const chosen of request.chosen) tables.push(await planTable(ports, request, chosen));
  return { tables, foreignKeys: await forecastForeignKeys(ports, request, tables) };
}

async function planTable(ports: Ports, request: PlanRequest, chosen: ChosenTable): Promise<TablePlan> {
  const { file, policy } = request;
  const live = request.live.catalogue.tables.find((one) => isSameTable(one, chosen.table)) ?? null;
  if (live === null) return { ...chosen, live, policy: 'replace', difference: null };
  const isEmpty = await hasNoRows(request.live, live);
  if (isEmpty && !request.forecastAll) return { ...chosen, live, policy: 'replace', difference: null };
  ports.progress.item(formatTableName(live));
  const added = policy === 'replace' ? addedColumns(chosen, live) : [];
  const columns = [...columnNames(chosen.table), ...added.map((column) => column.name)];
  const rows = file.rows(chosen.entry);
  const difference = await compareRows({
    table: { ...compareWith(request, chosen, live), columnCount: columns.length },
    snapshot: counted(ports, added.length === 0 ? rows : appendCells(rows, added.map(filledWith))),
    live: counted(ports, request.live.rows(live, { columns })),
    policy: isEmpty ? 'replace' : policy,
  });
  return { ...chosen, live, policy: isEmpty ? 'replace' : policy, difference };
}

/** Columns that the snapshot does not know: what they hold goes with the rows that are replaced. */
function addedColumns({ table }: ChosenTable, live: TableDefinition): ColumnDefinition[] {
  return live.columns.filter(
    ({ name, generated }) => !generated && !table.columns.some((column) => column.name === name),
  );
}

/** What a column gets that is not written. A default may be anything, so it is taken for another value than the present. */
function filledWith({ hasDefault }: ColumnDefinition): string {
  return hasDefault ? '{"d":""}' : 'null';
}

export async function hasNoRows(live: LiveRows, table: TableDefinition): Promise<boolean> {
  for await (const chunk of live.rows(table)) {
    if (chunk.rows > 0) return false;
  }
  return true;
}

function compareWith(request: PlanRequest, { table }: ChosenTable, live: TableDefinition): ComparedTable {
  const { header, manifest } = request.file;
  const needsUniques = request.policy !== 'replace' || request.forecastAll;
  return {
    columnCount: table.columns.length,
    key: live.key === null ? null : keyColumns(table, live, live.key),
    uniques: needsUniques ? uniqueColumns(table, live) : [],
    required: table.columns.flatMap((column, index) => {
      const present = live.columns.find((one) => one.name === column.name);
      const isRequired = present !== undefined && !present.nullable && !present.generated && column.nullable;
      return isRequired ? [{ name: column.name, index }] : [];
    }),
    isNewer: newerThan(table, {
      created: header.created,
      sequences: manifest.sequences,
      appSchema: request.appSchema,
    }),
  };
}

function uniqueColumns(
  table: SnapshotTable,
  live: TableDefinition,
): { name: string; columns: readonly KeyColumn[] }[] {
  return live.uniques.flatMap(({ name, columns }) => {
    const found = keyColumns(table, live, columns);
    return found === null ? [] : [{ name, columns: found }];
  });
}

/** Where a key's columns stand in the snapshot's rows; null when one of them is not in there. */
export function keyColumns(
  table: SnapshotTable,
  live: TableDefinition,
  names: readonly string[],
): readonly KeyColumn[] | null {
  const columns = names.map((name) => ({
    index: table.columns.findIndex((column) => column.name === name),
    comparison: live.columns.find((column) => column.name === name)?.comparison ?? 'exact',
  }));
  return columns.some((column) => column.index < 0) ? null : columns;
}

/** The sum of a plan's effects on one table. */
export interface TableEffect {
  readonly schema: string | null;
  readonly name: string;
  readonly model: string | null;
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  readonly unchanged: number;
  /** Rows of the snapshot that are not taken, because `--on-conflict skip` keeps the present ones. */
  readonly skipped: number;
  /** Of the rows deleted or changed, how many are newer than the snapshot; null when nothing in them tells. */
  readonly newer: number | null;
}

export function effectOf({ entry, difference }: TablePlan): TableEffect {
  const { schema, name, model } = entry;
  if (difference === null) {
    return {
      schema,
      name,
      model,
      insert: entry.rows,
      update: 0,
      delete: 0,
      unchanged: 0,
      skipped: 0,
      newer: 0,
    };
  }
  const { insert, update, unchanged, skipped } = difference;
  const newer = update + difference.delete === 0 ? 0 : difference.newer;
  return { schema, name, model, insert, update, delete: difference.delete, unchanged, skipped, newer };
}

/** Why the plan cannot be carried out, one sentence each; empty when it can. */
export function failuresOf({ tables, foreignKeys }: RestorePlan): readonly PlanFailure[] {
  const inTables = tables.flatMap((plan) =>
    plan.difference === null ? [] : tableFailures(plan, plan.difference),
  );
  const orphans = foreignKeys.filter(({ forecast }) => forecast.newOrphans > 0);
  return [...inTables, ...orphans.map(orphanFailure)];
}

export interface PlanFailure {
  readonly kind: 'conflict' | 'unique' | 'not null' | 'foreign key';
  readonly table: string;
  readonly rows: number;
  readonly message: string;
}

function tableFailures({ table, policy }: TablePlan, difference: TableDifference): PlanFailure[] {
  const name = formatTableName(table);
  const failures: PlanFailure[] = difference.collisions.map(({ index, rows }) => ({
    ...{ kind: 'unique' as const, table: name, rows },
    message: `${rows} rows of ${name} would break the unique index ${index}`,
  }));
  for (const { column, rows } of difference.nulls) {
    const message = `${rows} rows of ${name} have no value in ${column}, which requires one now`;
    failures.push({ kind: 'not null', table: name, rows, message });
  }
  if (policy === 'fail' && difference.conflicts > 0) {
    const rows = difference.conflicts;
    failures.push({
      kind: 'conflict',
      table: name,
      rows,
      message: `${rows} rows of ${name} are there with other content`,
    });
  }
  return failures;
}

function orphanFailure({ foreignKey, forecast }: ForeignKeyForecast): PlanFailure {
  const [child, parent] = [formatTableName(foreignKey.table), formatTableName(foreignKey.parent)];
  const rows = forecast.newOrphans;
  const message = `${rows} rows of ${child} would point to rows of ${parent} that are not there (${foreignKey.name})`;
  return { kind: 'foreign key', table: child, rows, message };
}
