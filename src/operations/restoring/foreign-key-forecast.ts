import type { Catalogue } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
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
import { forecastOrphans, type KeyRows, type OrphanForecast, type Presence } from './orphan-forecast.ts';
import { type ChosenTable, columnNames, type PlanRequest, type TablePlan } from './table-plan.ts';

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
  const comparisons = comparisonsOf(request.live.catalogue, foreignKey);
  const { table: child, parent, columns, parentColumns } = foreignKey;
  const parents = keyRows(request, { table: parent, columns: parentColumns, comparisons, tables });
  const kept = planOf(tables, parent) === undefined ? await findInSnapshot(request.file, parent) : null;
  if (kept !== null)
    parents.push(...snapshotSide(request.file, kept, { columns: parentColumns, comparisons }));
  return forecastOrphans(keyRows(request, { table: child, columns, comparisons, tables }), parents, {
    hasSnapshotParents: parents.some((side) => side.presence(0).inSnapshot),
  });
}

/** A table that is not restored still says which children had no parent when the snapshot was taken. */
async function findInSnapshot(file: SnapshotFile, name: TableName): Promise<ChosenTable | null> {
  const entry = file.manifest.tables.find((one) => isSameTable(one, name));
  return entry === undefined ? null : { entry, table: await file.tableHead(entry) };
}

/** As the database compares them: by the parent's rule, and numbers as numbers where the two types differ. */
function comparisonsOf(catalogue: Catalogue, foreignKey: ForeignKey): readonly KeyComparison[] {
  return foreignKey.columns.map((name, index) => {
    const child = columnOf(catalogue, foreignKey.table, name);
    const parent = columnOf(catalogue, foreignKey.parent, foreignKey.parentColumns[index]!);
    if (parent === undefined || parent.comparison !== 'exact') return parent?.comparison ?? 'exact';
    return child?.encoding === parent.encoding && child.type === parent.type ? 'exact' : 'number';
  });
}

function columnOf(
  { tables }: Catalogue,
  table: TableName,
  name: string,
): TableDefinition['columns'][number] | undefined {
  const definition = tables.find((one) => isSameTable(one, table));
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
  if (plan !== undefined)
    sides.push(...snapshotSide(request.file, plan, { columns, comparisons, isWritten: writtenRows(plan) }));
  return sides;
}

interface SnapshotKeys {
  readonly columns: readonly string[];
  readonly comparisons: readonly KeyComparison[];
  /** Which rows are in the database afterwards; none when it is not given. */
  readonly isWritten?: (position: number) => boolean;
}

/** The key cells of a table as the snapshot has them; nothing where it lacks one of the columns. */
function snapshotSide(
  file: SnapshotFile,
  { entry, table }: ChosenTable,
  { columns, comparisons, isWritten = () => false }: SnapshotKeys,
): KeyRows[] {
  const indexes = columns.map((name) => table.columns.findIndex((column) => column.name === name));
  if (indexes.includes(-1)) return [];
  const rows = projectRows(file.rows(entry), { columnCount: table.columns.length, indexes });
  const presence = (position: number): Presence => ({
    inSnapshot: true,
    before: false,
    after: isWritten(position),
  });
  return [{ rows, comparisons, presence }];
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

/**
 * How many orphans of a foreign key the snapshot itself holds, at most: only equal cells count as a pair, because what
 * else the database takes for equal, or not, depends on the types and collations of both columns.
 */
export async function countSnapshotOrphans(
  { file, tables }: { file: SnapshotFile; tables: readonly TablePlan[] },
  foreignKey: ForeignKey,
): Promise<number> {
  const child = planOf(tables, foreignKey.table);
  const parent = planOf(tables, foreignKey.parent);
  if (child === undefined || parent === undefined) return 0;
  const comparisons = foreignKey.columns.map(() => 'exact' as const);
  const side = (plan: TablePlan, columns: readonly string[]): KeyRows[] =>
    snapshotSide(file, plan, { columns, comparisons, isWritten: () => true });
  const children = side(child, foreignKey.columns);
  const parents = side(parent, foreignKey.parentColumns);
  if (children.length === 0 || parents.length === 0) return 0;
  return (await forecastOrphans(children, parents, { hasSnapshotParents: true })).orphans;
}
