import type { Ports } from '../../ports.ts';
import { type ConflictPolicy, rowMark } from '../../snapshot/difference.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { projectRows } from '../../snapshot/row-filter.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import {
  type ForeignKey,
  formatTableName,
  isSameTable,
  type KeyComparison,
  type TableDefinition,
  type TableName,
} from '../../snapshot/table.ts';
import { forecastOrphans, type KeyRows, type OrphanForecast } from './orphan-forecast.ts';
import { columnNames, type PlanRequest, type TablePlan } from './table-plan.ts';

export interface ForeignKeyForecast {
  readonly foreignKey: ForeignKey;
  readonly forecast: OrphanForecast;
}

/**
 * Forecasts every foreign key that the restore could leave with orphans: where one of its tables is not restored, or
 * keeps rows of its own. A table that is replaced together with its parents ends as the snapshot has it.
 */
export async function forecastForeignKeys(
  ports: Ports,
  request: PlanRequest,
  tables: readonly TablePlan[],
): Promise<readonly ForeignKeyForecast[]> {
  ports.progress.phase('checking foreign keys', null);
  const forecasts: ForeignKeyForecast[] = [];
  for (const foreignKey of request.live.catalogue.foreignKeys) {
    if (!canLoseParents(foreignKey, tables, request)) continue;
    ports.progress.item(`${formatTableName(foreignKey.table)}.${foreignKey.name}`);
    forecasts.push({ foreignKey, forecast: await forecastOne(request, foreignKey, tables) });
  }
  return forecasts;
}

function canLoseParents(foreignKey: ForeignKey, tables: readonly TablePlan[], request: PlanRequest): boolean {
  const child = planOf(tables, foreignKey.table);
  const parent = planOf(tables, foreignKey.parent);
  if (child === undefined && parent === undefined) return false;
  if (request.forecastAll) return true;
  return child?.policy !== 'replace' || parent?.policy !== 'replace';
}

function planOf(tables: readonly TablePlan[], name: TableName): TablePlan | undefined {
  return tables.find((plan) => isSameTable(plan.table, name));
}

async function forecastOne(
  request: PlanRequest,
  foreignKey: ForeignKey,
  tables: readonly TablePlan[],
): Promise<OrphanForecast> {
  const comparisons = comparisonsOf(request, foreignKey);
  const side = (table: TableName, columns: readonly string[]): KeyRows[] =>
    keyRows(request, { table, columns, comparisons, tables });
  return forecastOrphans(
    side(foreignKey.table, foreignKey.columns),
    side(foreignKey.parent, foreignKey.parentColumns),
    { hasSnapshotParents: planOf(tables, foreignKey.parent) !== undefined },
  );
}

/** As the database compares them: by the parent's rule, and numbers as numbers where the two types differ. */
function comparisonsOf(request: PlanRequest, foreignKey: ForeignKey): readonly KeyComparison[] {
  return foreignKey.columns.map((name, index) => {
    const child = columnOf(request, foreignKey.table, name);
    const parent = columnOf(request, foreignKey.parent, foreignKey.parentColumns[index]!);
    if (parent === undefined || parent.comparison !== 'exact') return parent?.comparison ?? 'exact';
    return child?.encoding === parent.encoding && child.type === parent.type ? 'exact' : 'number';
  });
}

function columnOf(
  request: PlanRequest,
  table: TableName,
  name: string,
): TableDefinition['columns'][number] | undefined {
  const definition = request.live.catalogue.tables.find((one) => isSameTable(one, table));
  return definition?.columns.find((column) => column.name === name);
}

interface KeySide {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly comparisons: readonly KeyComparison[];
  readonly tables: readonly TablePlan[];
}

/** The key cells of a table, in the database and (when it is restored) in the snapshot. */
function keyRows(request: PlanRequest, { table, columns, comparisons, tables }: KeySide): KeyRows[] {
  const plan = planOf(tables, table);
  const live = request.live.catalogue.tables.find((one) => isSameTable(one, table));
  const sides: KeyRows[] = [];
  if (live !== undefined) {
    const stays = stayingRows(plan);
    sides.push({
      rows:
        plan === undefined
          ? request.live.rows(live, { columns })
          : comparedRows(request, { plan, live, columns }),
      comparisons,
      presence: (position) => ({ inSnapshot: false, before: true, after: stays(position) }),
    });
  }
  const indexes = plan === undefined ? [] : indexesOf(plan, columns);
  if (plan !== undefined && !indexes.includes(-1)) {
    const isWritten = writtenRows(plan);
    sides.push({
      rows: projectRows(request.file.rows(plan.entry), { columnCount: plan.table.columns.length, indexes }),
      comparisons,
      presence: (position) => ({ inSnapshot: true, before: false, after: isWritten(position) }),
    });
  }
  return sides;
}

/**
 * The key cells of present rows, in the order in which the comparison has read them: with fewer columns the database
 * might read an index instead, and positions would mean other rows.
 */
function comparedRows(
  request: PlanRequest,
  { plan, live, columns }: { plan: TablePlan; live: TableDefinition; columns: readonly string[] },
): RowSource {
  const names = [...new Set([...columnNames(plan.table), ...columns])];
  const indexes = columns.map((name) => names.indexOf(name));
  return projectRows(request.live.rows(live, { columns: names }), { columnCount: names.length, indexes });
}

/** Where columns stand in the snapshot's rows; -1 for those that it does not have. */
function indexesOf(plan: TablePlan, columns: readonly string[]): number[] {
  return columns.map((name) => plan.table.columns.findIndex((column) => column.name === name));
}

function stayingRows(plan: TablePlan | undefined): (position: number) => boolean {
  if (plan === undefined) return () => true;
  const { difference } = plan;
  if (plan.policy === 'replace' || difference === null) return () => false;
  return (position) => difference.gone.get(position) === 0;
}

/** Which rows of the snapshot a plan writes. */
export function writtenRows(plan: {
  readonly policy: ConflictPolicy;
  readonly difference: TablePlan['difference'];
}): (position: number) => boolean {
  const { difference } = plan;
  if (plan.policy === 'replace' || difference === null) return () => true;
  return (position) => difference.marks.get(position) !== rowMark.leave;
}

/** How many orphans of a foreign key the snapshot itself holds. */
export async function countSnapshotOrphans(
  file: SnapshotFile,
  tables: readonly TablePlan[],
  foreignKey: ForeignKey,
): Promise<number> {
  const child = planOf(tables, foreignKey.table);
  const parent = planOf(tables, foreignKey.parent);
  if (child === undefined || parent === undefined) return 0;
  const comparisons = foreignKey.columns.map(() => 'number' as const);
  const side = (plan: TablePlan, columns: readonly string[]): KeyRows => ({
    rows: projectRows(file.rows(plan.entry), {
      columnCount: plan.table.columns.length,
      indexes: indexesOf(plan, columns),
    }),
    comparisons,
    presence: () => ({ inSnapshot: false, before: false, after: true }),
  });
  const forecast = await forecastOrphans(
    [side(child, foreignKey.columns)],
    [side(parent, foreignKey.parentColumns)],
    { hasSnapshotParents: true },
  );
  return forecast.orphans;
}
