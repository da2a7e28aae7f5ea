import type { SnapshotTable } from '../../snapshot/header.ts';
import { parseInstant } from '../../snapshot/instant.ts';
import type { RowLineReader } from '../../snapshot/row-line.ts';
import { isSameTable, type SequenceState } from '../../snapshot/table.ts';
import { type AppSchema, modelOf } from '../app-schema.ts';

type IsNewer = (bytes: Buffer, line: RowLineReader) => boolean;

/** Columns that tell when a row was made or changed, where no Prisma schema says so. */
const timeColumn = /^(created|updated|modified|inserted)_?(at|on|date|time)?$/i;

/**
 * How to tell that a present row is newer than the snapshot: a time of creation or change after it, else a generated
 * id beyond the last one of its time. Null when the table has neither.
 */
export function newerThan(
  table: SnapshotTable,
  {
    created,
    sequences,
    appSchema,
  }: { created: string; sequences: readonly SequenceState[]; appSchema: AppSchema | null },
): IsNewer | null {
  const model = modelOf(appSchema, table);
  const isTime = (name: string): boolean => {
    const field = model?.fields.find((one) => one.column === name);
    return field === undefined ? timeColumn.test(name) : field.isUpdatedAt || field.defaultNow;
  };
  const times = table.columns.flatMap((column, index) => (isTime(column.name) ? [index] : []));
  if (times.length > 0) return changedAfter(times, Date.parse(created));
  return idBeyond(table, sequences);
}

function changedAfter(columns: readonly number[], cutoff: number): IsNewer {
  return (bytes, line) =>
    columns.some((index) => {
      const instant = parseInstant(bytes.toString('latin1', line.starts[index], line.ends[index]));
      return instant !== null && instant > cutoff;
    });
}

function idBeyond(table: SnapshotTable, sequences: readonly SequenceState[]): IsNewer | null {
  const sequence = sequences.find((one) => one.feeds !== null && isSameTable(one.feeds.table, table));
  const index = table.columns.findIndex((column) => column.name === sequence?.feeds?.column);
  if (sequence === undefined || index < 0 || sequence.increment.startsWith('-')) return null;
  const firstNewId = BigInt(sequence.lastValue) + (sequence.isCalled ? 1n : 0n);
  return (bytes, line) => {
    const token = bytes.toString('latin1', line.starts[index], line.ends[index]).replaceAll('"', '');
    return /^-?\d+$/.test(token) && BigInt(token) >= firstNewId;
  };
}
