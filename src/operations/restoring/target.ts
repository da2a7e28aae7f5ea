import { AppError } from '../../errors.ts';
import type { Database } from '../../ports/database.ts';
import type { SnapshotTable } from '../../snapshot/header.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import { formatTableName, isSameTable } from '../../snapshot/table.ts';
import { isMigrationsTable, isPartial, type TableSelection } from '../table-choice.ts';
import { hasNoRows } from './plan.ts';
import { compareSchemas, type SchemaDifference } from './schema-comparison.ts';
import type { ChosenTable, LiveRows } from './table-plan.ts';

/** What a restore finds at its target, before it decides anything. */
export interface TargetState {
  /** No table of it has a row; Prisma's own bookkeeping does not count. */
  readonly isEmpty: boolean;
  readonly hasTables: boolean;
  /** Ways in which its tables differ from the snapshot's that were allowed. */
  readonly differences: readonly SchemaDifference[];
}

export interface TargetRequest {
  readonly command: 'restore' | 'undo';
  readonly file: SnapshotFile;
  readonly chosen: readonly ChosenTable[];
  readonly selection: TableSelection;
  readonly createSchema: boolean;
  readonly allowSchemaChanges: boolean;
}

/** @throws AppError RESTORE.PROVIDER */
export function checkProvider(
  file: { readonly header: Pick<SnapshotFile['header'], 'name' | 'provider'> },
  provider: Database['identity']['provider'],
): void {
  if (file.header.provider === provider) return;
  throw new AppError(
    'RESTORE.PROVIDER',
    `The snapshot ${file.header.name} is of a ${file.header.provider} database and cannot be restored into ${provider}`,
    { hint: `Name a ${file.header.provider} database: DATABASE_URL, --url-env or --to` },
  );
}

/**
 * Looks at the tables of the target.
 *
 * @throws AppError RESTORE.SCHEMA when the snapshot's rows do not fit, or only fit with a flag that was not given
 */
export async function inspectTarget(live: LiveRows, request: TargetRequest): Promise<TargetState> {
  const { tables } = live.catalogue;
  const isEmpty = await isWithoutRows(live);
  if (request.createSchema) {
    if (tables.length > 0) throw notWithoutTables(tables.length);
    return { isEmpty: true, hasTables: false, differences: [] };
  }
  const snapshotTables = request.chosen.map(({ table }) => table);
  const isWhole = !request.file.header.partial && !isPartial(request.selection);
  const differences = compareSchemas(snapshotTables, tables, { isWhole });
  checkDifferences(differences, { snapshotTables, request, live });
  return { isEmpty, hasTables: tables.length > 0, differences };
}

async function isWithoutRows(live: LiveRows): Promise<boolean> {
  for (const table of live.catalogue.tables) {
    if (!isMigrationsTable(table) && !(await hasNoRows(live, table))) return false;
  }
  return true;
}

function notWithoutTables(count: number): AppError {
  return new AppError(
    'RESTORE.SCHEMA',
    `--create-schema is for a database without tables, and this one has ${count}`,
    {
      hint: 'Leave --create-schema out, or name an empty database',
    },
  );
}

function checkDifferences(
  differences: readonly SchemaDifference[],
  context: { snapshotTables: readonly SnapshotTable[]; request: TargetRequest; live: LiveRows },
): void {
  const { snapshotTables, request, live } = context;
  const isNew = snapshotTables.every(
    (table) => isMigrationsTable(table) || !live.catalogue.tables.some((one) => isSameTable(one, table)),
  );
  if (isNew && snapshotTables.length > 0 && !snapshotTables.every(isMigrationsTable)) {
    throw new AppError('RESTORE.SCHEMA', 'The database does not have the tables of the snapshot yet', {
      hint: 'Run: npx prisma migrate deploy, then restore again; or make the tables from the snapshot with --create-schema',
    });
  }
  const lost = differences.filter((difference) => !difference.isSafe);
  if (lost.length > 0) {
    throw new AppError('RESTORE.SCHEMA', `The snapshot does not fit the database's tables: ${listOf(lost)}`, {
      hint: "Bring the database to the snapshot's schema first (prisma migrate), or leave tables out with --exclude",
    });
  }
  if (differences.length > 0 && !request.allowSchemaChanges) {
    throw new AppError(
      'RESTORE.SCHEMA',
      `The database has changed since the snapshot: ${listOf(differences)}`,
      { hint: `These changes lose nothing; ${wayAround(request)}` },
    );
  }
}

function wayAround({ command, file }: TargetRequest): string {
  if (command === 'restore') return 'to restore all the same add --allow-schema-changes';
  return `to go back all the same run: holdfast restore ${file.header.name} --clear-existing --allow-schema-changes`;
}

function listOf(differences: readonly SchemaDifference[]): string {
  const most = 20;
  const shown = differences.slice(0, most).map((difference) => difference.message);
  const rest = differences.length - shown.length;
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** The tables to restore: Prisma's bookkeeping follows the tables that it describes, never rows that are merged. */
export function withoutForeignMigrations(
  chosen: readonly ChosenTable[],
  { keepPresent, selection }: { keepPresent: boolean; selection: TableSelection },
): { chosen: readonly ChosenTable[]; kept: string | null } {
  const isNamed = selection.only.length > 0;
  const migrations = chosen.find(({ table }) => isMigrationsTable(table));
  if (migrations === undefined || isNamed || !keepPresent) return { chosen, kept: null };
  return { chosen: chosen.filter((one) => one !== migrations), kept: formatTableName(migrations.table) };
}
