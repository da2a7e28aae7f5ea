import { postgresEngine } from '../../../src/database/postgres/engine.ts';
import type { Catalogue, DatabaseTarget, RestoreTransaction, Scope } from '../../../src/ports/database.ts';
import type { RowChunk, RowSource } from '../../../src/snapshot/rows.ts';
import { type TableDefinition, tableId } from '../../../src/snapshot/table.ts';
import { type PostgresServer, runningPostgres, startPostgres } from '../../support/postgres.ts';

/** Everything that a snapshot file would hold. */
export interface Backup {
  readonly catalogue: Catalogue;
  readonly rows: ReadonlyMap<string, readonly RowChunk[]>;
}

export const scope: Scope = { allSchemas: false };
export const openOptions = { lockTimeoutMs: 2_000 };

/** The servers that every rule has to hold on, by the name of the test group. */
export const servers: readonly { readonly label: string; readonly start: () => Promise<PostgresServer> }[] = [
  { label: 'PostgreSQL 12', start: () => startPostgres('pg12') },
  { label: 'the running PostgreSQL', start: runningPostgres },
  { label: 'PostgreSQL 18', start: () => startPostgres('pg18') },
];

/** Reads the whole database through the engine. */
export async function backUp(target: DatabaseTarget, wanted: Scope = scope): Promise<Backup> {
  const database = await postgresEngine.open(target, openOptions);
  try {
    const snapshot = await database.openSnapshot(wanted);
    const rows = new Map<string, readonly RowChunk[]>();
    for (const table of snapshot.catalogue.tables)
      rows.set(tableId(table), await collect(snapshot.rows(table)));
    await snapshot.close();
    return { catalogue: snapshot.catalogue, rows };
  } finally {
    await database.close();
  }
}

/** Replaces the content of all tables by the backup's. @returns the sentences of the restore */
export async function restore(
  target: DatabaseTarget,
  backup: Backup,
  options: { readonly createSchema?: boolean; readonly scope?: Scope } = {},
): Promise<readonly string[]> {
  return withRestore(target, backup, options, async (transaction) => {
    await transaction.clear(backup.catalogue.tables);
    for (const table of backup.catalogue.tables) await insertAll(transaction, table, backup);
    const moved = await transaction.setSequences(backup.catalogue.sequences, { atLeastCurrent: false });
    return [...moved, ...(await transaction.commit())];
  });
}

/** Opens a restore of all the backup's tables, and rolls back what the action does not commit. */
export async function withRestore<Result>(
  target: DatabaseTarget,
  backup: Backup,
  options: { readonly createSchema?: boolean; readonly scope?: Scope },
  action: (transaction: RestoreTransaction) => Promise<Result>,
): Promise<Result> {
  const database = await postgresEngine.open(target, openOptions);
  try {
    const transaction = await database.openRestore({
      scope: options.scope ?? scope,
      tables: backup.catalogue.tables,
      createSchema: options.createSchema === true ? backup.catalogue.definition : [],
      dropTriggers: false,
      saveJournal: async () => undefined,
    });
    try {
      return await action(transaction);
    } finally {
      await transaction.rollback();
    }
  } finally {
    await database.close();
  }
}

export async function insertAll(
  transaction: RestoreTransaction,
  table: TableDefinition,
  backup: Backup,
): Promise<number> {
  const names = table.columns.map((column) => column.name);
  return transaction.insertRows(table, names, source(backup.rows.get(tableId(table)) ?? []));
}

export async function collect(rows: RowSource): Promise<readonly RowChunk[]> {
  const chunks: RowChunk[] = [];
  for await (const chunk of rows) chunks.push(chunk);
  return chunks;
}

export async function* source(chunks: readonly RowChunk[]): RowSource {
  yield* chunks;
}

/** Row lines as a source. */
export function lines(...rows: readonly string[]): RowSource {
  return source([{ bytes: Buffer.from(rows.map((row) => `${row}\n`).join('')), rows: rows.length }]);
}

/** The lines of a table as texts. */
export function linesOf(backup: Backup, schema: string, name: string): readonly string[] {
  const chunks = backup.rows.get(tableId({ schema, name })) ?? [];
  return Buffer.concat(chunks.map((chunk) => chunk.bytes))
    .toString('utf8')
    .split('\n')
    .slice(0, -1);
}
