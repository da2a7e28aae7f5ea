import { describeError } from '../../errors.ts';
import type { NextIdTrial, NumberedColumn } from '../../ports/next-id.ts';
import { readCatalogue, type SqliteCatalogue } from './catalogue.ts';
import type { Handle } from './connection.ts';
import { quoteName, quoteTable } from './quote.ts';
import { dropTriggers } from './triggers.ts';

/**
 * Writes one row into each of these tables, numbered by the database, and takes everything back. The row is that of
 * another one, which is taken out before: so it breaks no rule of the table, and only its id is new.
 */
export function tryNextIds(handle: Handle, columns: readonly NumberedColumn[]): readonly NextIdTrial[] {
  handle.pragma('foreign_keys = OFF');
  handle.exec('BEGIN IMMEDIATE');
  try {
    const content = readCatalogue(handle);
    dropTriggers(handle, new Set(content.shapes.all.map(({ name }) => name)));
    return columns.map((column) => ({ ...column, ...tryOne(handle, content, column) }));
  } finally {
    if (handle.inTransaction) handle.exec('ROLLBACK');
  }
}

type Outcome = Pick<NextIdTrial, 'outcome' | 'reason'>;

function tryOne(handle: Handle, content: SqliteCatalogue, { table, column }: NumberedColumn): Outcome {
  const { name } = content.shapes.get(table);
  const id = quoteName(column);
  const source = quoteTable(name);
  const first = handle
    .prepare<[], bigint>(`SELECT ${id} FROM ${source} LIMIT 1`)
    .pluck()
    .safeIntegers()
    .get();
  if (first === undefined) return { outcome: 'empty', reason: null };
  handle.exec('SAVEPOINT trial');
  try {
    const next = moveRow(handle, { source, id, others: othersOf(content, name, column), first });
    if (next !== first) return { outcome: 'written', reason: null };
    return { outcome: 'refused', reason: `the next id, ${next}, is that of a row which is there` };
  } catch (error) {
    return { outcome: 'refused', reason: describeError(error) };
  } finally {
    handle.exec('ROLLBACK TO trial; RELEASE trial');
  }
}

function othersOf({ catalogue }: SqliteCatalogue, name: string, column: string): string {
  const { columns } = catalogue.tables.find((table) => table.name === name)!;
  const others = columns.filter((one) => !one.generated && one.name !== column);
  return others.map((one) => quoteName(one.name)).join(', ');
}

/** @returns the new id */
function moveRow(
  handle: Handle,
  { source, id, others, first }: { source: string; id: string; others: string; first: bigint },
): bigint {
  const moved = 'temp.holdfast_moved';
  const list = others === '' ? id : others;
  handle
    .prepare(`CREATE TEMP TABLE holdfast_moved AS SELECT ${list} FROM ${source} WHERE ${id} = ?`)
    .run(first);
  handle.prepare(`DELETE FROM ${source} WHERE ${id} = ?`).run(first);
  const insert =
    others === ''
      ? `INSERT INTO ${source} DEFAULT VALUES`
      : `INSERT INTO ${source} (${others}) SELECT ${others} FROM ${moved}`;
  handle.exec(insert);
  return handle.prepare<[], bigint>('SELECT last_insert_rowid()').pluck().safeIntegers().get()!;
}
