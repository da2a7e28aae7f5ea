import { AppError } from '../../errors.ts';
import type { Database, DatabaseInstant, DatabaseSnapshot } from '../../ports/database.ts';
import type { Ports } from '../../ports/ports.ts';
import type { FileHeader } from '../../snapshot/database-file.ts';
import { compareRows } from '../../snapshot/difference.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { isSameTable, type TableDefinition, type TableName, tableId } from '../../snapshot/table.ts';
import { modelOf } from '../app-schema.ts';
import { formatIdentity } from '../identity.ts';
import { isMigrationsTable, isPartial } from '../table-choice.ts';
import { takeDatabaseFile } from '../take-database-file.ts';
import { counted, sumOf } from '../take-snapshot.ts';
import { type UnpackedFile, withUnpackedFile } from '../unpack-database-file.ts';
import { requireConsent } from './consent.ts';
import type { TableEffect } from './plan.ts';
import type { RestoreRequest, RestoreResult, RestoreSource } from './request.ts';
import { withoutSafety } from './safety-snapshot.ts';
import { recorded } from './write.ts';

export interface FileRestore extends RestoreSource {
  readonly header: FileHeader;
  readonly database: Database;
}

/**
 * Puts a whole database file in the place of the present one: check it, compare the rows of both, consent, save the
 * present file, and copy all pages in one transaction.
 */
export async function restoreDatabaseFile(
  ports: Ports,
  run: FileRestore,
  request: RestoreRequest,
): Promise<RestoreResult> {
  checkRequest(request);
  return withUnpackedFile(ports, { path: run.stored.path, header: run.header }, (unpacked) =>
    restoreUnpacked(ports, { ...run, unpacked }, request),
  );
}

/** @throws AppError USAGE for what only rows can do */
function checkRequest({ selection, policy }: RestoreRequest): void {
  const isMerge = policy === 'skip' || policy === 'overwrite';
  if (!isMerge && !isPartial(selection)) return;
  throw new AppError(
    'USAGE',
    'This snapshot is a whole database file, which takes the place of the present one',
    {
      hint: 'Leave out --only, --exclude and --on-conflict, or restore a snapshot of rows: holdfast list',
    },
  );
}

interface UnpackedRestore extends FileRestore {
  readonly unpacked: UnpackedFile;
}

async function restoreUnpacked(
  ports: Ports,
  run: UnpackedRestore,
  request: RestoreRequest,
): Promise<RestoreResult> {
  const started = ports.clock.now();
  const { command, header, stored, database } = run;
  const tables = await compareFiles(ports, run, request);
  const result = (safety: string | null, warnings: readonly string[]): RestoreResult => ({
    ...{ command, ok: true, dryRun: request.dryRun, requiresRestart: !request.dryRun },
    snapshot: { id: header.id, name: header.name, path: stored.path, created: header.created },
    database: { host: null, name: database.identity.name },
    safety: safety === null ? null : { path: safety },
    ...{ tables, definition: [], failures: [], warnings },
    durationMs: ports.clock.now().getTime() - started.getTime(),
  });
  if (request.dryRun) return result(null, []);
  const isEmpty = !tables.some(
    ({ name, ...effect }) => !isMigrationsTable({ schema: null, name }) && hadRows(effect),
  );
  if (!isEmpty || !request.safety) await askFirst(run, request, tables);
  const safety = isEmpty || !request.safety ? null : await takeSafety(ports, run, request);
  const warnings = await replaceFile(ports, run, safety);
  return result(safety?.path ?? null, warnings);
}

function hadRows(effect: Pick<TableEffect, 'update' | 'delete' | 'unchanged'>): boolean {
  return effect.update + effect.delete + effect.unchanged > 0;
}

async function askFirst(
  { command, header, database }: UnpackedRestore,
  { confirm, askConsent }: RestoreRequest,
  tables: readonly TableEffect[],
): Promise<void> {
  await requireConsent(
    {
      command,
      snapshot: { name: header.name, created: header.created },
      database: formatIdentity(database.identity),
      confirmName: database.confirmName,
      tables,
      warnings: ['The whole database file is replaced, with its tables, indexes, triggers and views'],
    },
    { confirm, ask: askConsent },
  );
}

interface Safety {
  readonly path: string;
  readonly instant: DatabaseInstant;
}

async function takeSafety(ports: Ports, run: UnpackedRestore, request: RestoreRequest): Promise<Safety> {
  const { command, header, database, folder } = run;
  try {
    return await takeDatabaseFile(
      ports,
      { database, folder },
      {
        scope: { allSchemas: false },
        selection: request.selection,
        appSchema: request.appSchema,
        purpose: 'safety',
        before: { command, snapshot: header.id },
        ...{ name: null, tier: null, tags: [] },
        description: `Before ${command} of ${header.name}`,
        compressionLevel: request.compressionLevel,
      },
    );
  } catch (error) {
    throw withoutSafety(error, run);
  }
}

async function replaceFile(
  ports: Ports,
  { folder, database, stored, command, unpacked }: UnpackedRestore,
  safety: Safety | null,
): Promise<readonly string[]> {
  const record = {
    command,
    started: ports.clock.now().toISOString(),
    finished: null,
    target: database.identity,
    snapshot: stored.path,
    safety: safety?.path ?? null,
    statements: [],
  };
  return recorded(ports, { folder, record }, async () => {
    ports.progress.phase('copying the pages', null);
    await database.file!.replace(unpacked.path, safety?.instant ?? null);
  });
}

/** The effect on each table, state before against state after, for tables on either side. */
async function compareFiles(
  ports: Ports,
  { database, unpacked }: UnpackedRestore,
  request: RestoreRequest,
): Promise<readonly TableEffect[]> {
  const live = await database.openSnapshot({ allSchemas: false });
  try {
    const saved = await unpacked.database.openSnapshot({ allSchemas: false });
    try {
      const names = new Map(
        [...saved.catalogue.tables, ...live.catalogue.tables].map((table) => [tableId(table), table]),
      );
      ports.progress.phase('comparing', sumOf([...names.values()].map((table) => table.estimatedRows)));
      const effects: TableEffect[] = [];
      for (const table of names.values()) {
        const { schema, name } = table;
        const model = modelOf(request.appSchema, table)?.name ?? null;
        const counts = await compareTable(ports, { saved, live }, table);
        const newer = counts.update + counts.delete === 0 ? 0 : null;
        effects.push({ schema, name, model, skipped: 0, newer, ...counts });
      }
      return effects;
    } finally {
      await saved.close();
    }
  } finally {
    await live.close();
  }
}

type Counts = Pick<TableEffect, 'insert' | 'update' | 'delete' | 'unchanged'>;

async function compareTable(
  ports: Ports,
  { saved, live }: { saved: DatabaseSnapshot; live: DatabaseSnapshot },
  name: TableName,
): Promise<Counts> {
  const [wanted, present] = [saved, live].map(({ catalogue }) =>
    catalogue.tables.find((table) => isSameTable(table, name)),
  );
  const rowsOf = (source: DatabaseSnapshot, table: TableDefinition | undefined): RowSource =>
    table === undefined ? noRows() : counted(ports, source.rows(table));
  if (wanted === undefined || present === undefined || !haveSameColumns(wanted, present)) {
    const insert = await countRows(rowsOf(saved, wanted));
    return { insert, update: 0, delete: await countRows(rowsOf(live, present)), unchanged: 0 };
  }
  const columns = wanted.columns;
  const difference = await compareRows({
    table: {
      columnCount: columns.length,
      key:
        wanted.key?.map((column) => {
          const index = columns.findIndex((one) => one.name === column);
          return { index, comparison: columns[index]!.comparison };
        }) ?? null,
      ...{ uniques: [], required: [], isNewer: null },
    },
    snapshot: rowsOf(saved, wanted),
    live: rowsOf(live, present),
    policy: 'replace',
  });
  const { insert, update, unchanged } = difference;
  return { insert, update, delete: difference.delete, unchanged };
}

function haveSameColumns(a: TableDefinition, b: TableDefinition): boolean {
  const shape = ({ columns, key }: TableDefinition): string => JSON.stringify([columns, key]);
  return shape(a) === shape(b);
}

async function* noRows(): RowSource {}

async function countRows(rows: RowSource): Promise<number> {
  let count = 0;
  for await (const chunk of rows) count += chunk.rows;
  return count;
}
