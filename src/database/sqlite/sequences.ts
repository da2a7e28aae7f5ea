import type { SequenceState } from '../../snapshot/table.ts';
import type { Handle } from './connection.ts';
import { quoteTable } from './quote.ts';
import type { TableShape } from './table-shape.ts';

/** Before the first id, `sqlite_sequence` has no row for a table. */
const unused = { lastValue: '1', isCalled: false } as const;

/** The counters of AUTOINCREMENT tables, by name; one without a row in `sqlite_sequence` is not yet called. */
export function readSequences(handle: Handle, shapes: readonly TableShape[]): SequenceState[] {
  return shapes
    .filter(({ isAutoincrement }) => isAutoincrement)
    .map(({ name, rowNumberColumn }) => {
      const counter = readCounter(handle, name);
      return {
        schema: null,
        name,
        feeds: { table: { schema: null, name }, column: rowNumberColumn! },
        ...(counter === null ? unused : { lastValue: String(counter), isCalled: true }),
        increment: '1',
      };
    });
}

/**
 * Writes the counters; where rows are already beyond one, it is raised to the highest id.
 *
 * @returns sentences about those that had to be raised
 */
export function writeSequences(
  handle: Handle,
  sequences: readonly { readonly state: SequenceState; readonly shape: TableShape }[],
  { atLeastCurrent }: { readonly atLeastCurrent: boolean },
): string[] {
  return sequences.flatMap(({ state, shape }) => {
    if (!shape.isAutoincrement)
      return [`Table ${shape.name} does not number its rows with a counter here; its counter was left out`];
    const saved = state.isCalled ? BigInt(state.lastValue) : BigInt(state.lastValue) - 1n;
    const floor = lowestFree(handle, shape, { atLeastCurrent });
    if (floor !== null && floor > saved) {
      writeCounter(handle, shape.name, floor);
      return [
        `The next id of table ${shape.name} is ${floor + 1n}, not ${saved + 1n} as saved: rows are already beyond it`,
      ];
    }
    if (state.isCalled || floor !== null) writeCounter(handle, shape.name, saved);
    else removeCounter(handle, shape.name);
    return [];
  });
}

/** The counter below which the next id would meet a row, or (`atLeastCurrent`) one given before; null for none. */
function lowestFree(
  handle: Handle,
  shape: TableShape,
  { atLeastCurrent }: { readonly atLeastCurrent: boolean },
): bigint | null {
  const highest = handle
    .prepare<[], bigint | null>(`SELECT max(${shape.rowNumber}) FROM ${quoteTable(shape.name)}`)
    .pluck()
    .safeIntegers()
    .get()!;
  const current = atLeastCurrent ? readCounter(handle, shape.name) : null;
  if (highest === null || current === null) return highest ?? current;
  if (current > highest) return current;
  return highest;
}

/** SQLite uses the first row of a name, as an integer. */
function readCounter(handle: Handle, table: string): bigint | null {
  return (
    handle
      .prepare<[string], bigint>(
        'SELECT CAST(seq AS INTEGER) FROM main.sqlite_sequence WHERE name = ? ORDER BY rowid LIMIT 1',
      )
      .pluck()
      .safeIntegers()
      .get(table) ?? null
  );
}

function writeCounter(handle: Handle, table: string, value: bigint): void {
  const { changes } = handle
    .prepare('UPDATE main.sqlite_sequence SET seq = ? WHERE name = ?')
    .run(value, table);
  if (changes === 0)
    handle.prepare('INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)').run(table, value);
}

function removeCounter(handle: Handle, table: string): void {
  handle.prepare('DELETE FROM main.sqlite_sequence WHERE name = ?').run(table);
}
