import path from 'node:path';
import { sqliteEngine } from '../../../src/database/sqlite/engine.ts';
import type { Catalogue, Database, RestoreRequest, RestoreTransaction } from '../../../src/ports/database.ts';
import type { RowChunk, RowSource } from '../../../src/snapshot/rows.ts';
import type { TableDefinition, TableName } from '../../../src/snapshot/table.ts';
import { makeTempFolder, sqliteTarget } from '../../support/sqlite.ts';

const options = { lockTimeoutMs: 2000 };
export const scope = { allSchemas: false };

/** Everything that a snapshot of a database holds, in memory. */
export interface Captured {
  readonly catalogue: Catalogue;
  readonly chunks: ReadonlyMap<string, readonly RowChunk[]>;
}

export async function open(
  file: string,
  more: { create?: boolean; lockTimeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Database> {
  return sqliteEngine.open(sqliteTarget(file), { ...options, ...more });
}

export async function capture(file: string): Promise<Captured> {
  const database = await open(file);
  try {
    const snapshot = await database.openSnapshot(scope);
    try {
      const chunks = new Map<string, RowChunk[]>();
      for (const table of snapshot.catalogue.tables)
        chunks.set(table.name, await collect(snapshot.rows(table)));
      return { catalogue: snapshot.catalogue, chunks };
    } finally {
      await snapshot.close();
    }
  } finally {
    await database.close();
  }
}

export async function collect(rows: RowSource): Promise<RowChunk[]> {
  const chunks: RowChunk[] = [];
  for await (const chunk of rows) chunks.push(chunk);
  return chunks;
}

/** The row lines of a table, in the order of the database, each without its line feed. */
export function linesOf({ chunks }: Captured, table: string): string[] {
  return (chunks.get(table) ?? []).flatMap(({ bytes }) => bytes.toString().split('\n').slice(0, -1));
}

export function chunkOf(...lines: string[]): RowChunk {
  return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')), rows: lines.length };
}

export async function* sourceOf(chunks: Iterable<RowChunk>): RowSource {
  yield* chunks;
}

export function requestFor(tables: readonly TableName[], more: Partial<RestoreRequest> = {}): RestoreRequest {
  return { scope, tables, createSchema: [], dropTriggers: false, saveJournal: async () => {}, ...more };
}

/** Puts what was captured into the transaction, which is not ended. */
export async function fill(transaction: RestoreTransaction, { catalogue, chunks }: Captured): Promise<void> {
  await transaction.clear(catalogue.tables);
  for (const table of catalogue.tables) {
    const names = table.columns.map(({ name }) => name);
    await transaction.insertRows(table, names, sourceOf(chunks.get(table.name) ?? []));
  }
  await transaction.setSequences(catalogue.sequences, { atLeastCurrent: false });
}

/** Restores over the file, which has the tables already, or into a new file with their definition. */
export async function restoreInto(file: string, captured: Captured, { create = false } = {}): Promise<void> {
  const database = await open(file, { create });
  try {
    const { tables, definition } = captured.catalogue;
    const transaction = await database.openRestore(
      requestFor(tables, { createSchema: create ? definition : [] }),
    );
    try {
      await fill(transaction, captured);
      await transaction.commit();
    } finally {
      await transaction.rollback();
    }
  } finally {
    await database.close();
  }
}

/** A new database that holds what the file holds. */
export async function copyThroughSnapshot(file: string): Promise<string> {
  const copy = path.join(makeTempFolder(), 'copy.db');
  await restoreInto(copy, await capture(file), { create: true });
  return copy;
}

export function tableOf({ catalogue }: { catalogue: Catalogue }, name: string): TableDefinition {
  return catalogue.tables.find((table) => table.name === name)!;
}
