import { digestOf, keyText } from '../../snapshot/cell-key.ts';
import { HashPartitions, partitionIndexes } from '../../snapshot/hash-partitions.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import type { KeyComparison } from '../../snapshot/table.ts';

/** Where a row stands: in the snapshot, in the database before the restore, in the database after it. */
export interface Presence {
  readonly inSnapshot: boolean;
  readonly before: boolean;
  readonly after: boolean;
}

/** The rows of one table on one side, with only the cells of a foreign key. */
export interface KeyRows {
  readonly rows: RowSource;
  readonly comparisons: readonly KeyComparison[];
  readonly presence: (position: number) => Presence;
}

export interface OrphanForecast {
  /** Children that would have no parent afterwards, though they have one in the snapshot or have one now. */
  readonly newOrphans: number;
  /** All children without a parent afterwards, those that had none before included. */
  readonly orphans: number;
}

const bits = { inSnapshot: 1, before: 2, after: 4 } as const;

function bitsOf(presence: Presence): number {
  return (
    (presence.inSnapshot ? bits.inSnapshot : 0) |
    (presence.before ? bits.before : 0) |
    (presence.after ? bits.after : 0)
  );
}

/**
 * Says how many rows would lose their parent, from the two sides of both tables; each row is read once and only
 * digests are kept.
 *
 * @param hasSnapshotParents false when the snapshot does not hold the parent table: then it excuses no orphan
 */
export async function forecastOrphans(
  children: readonly KeyRows[],
  parents: readonly KeyRows[],
  { hasSnapshotParents }: { hasSnapshotParents: boolean },
): Promise<OrphanForecast> {
  const childKeys = new HashPartitions(1);
  const parentKeys = new HashPartitions(1);
  try {
    for (const side of children) await addKeys(childKeys, side);
    for (const side of parents) await addKeys(parentKeys, side);
    let newOrphans = 0;
    let orphans = 0;
    for (const index of partitionIndexes) {
      const parentsOf = new Map<string, number>();
      for (const { digest, extra } of parentKeys.records(index)) {
        parentsOf.set(digest, (parentsOf.get(digest) ?? 0) | extra.charCodeAt(0));
      }
      for (const { digest, extra } of childKeys.records(index)) {
        const child = extra.charCodeAt(0);
        const parent = parentsOf.get(digest) ?? 0;
        if ((child & bits.after) === 0 || (parent & bits.after) !== 0) continue;
        orphans++;
        const wasOrphanInSnapshot =
          (child & bits.inSnapshot) !== 0 && hasSnapshotParents && (parent & bits.inSnapshot) === 0;
        const wasOrphanBefore = (child & bits.before) !== 0 && (parent & bits.before) === 0;
        if (!wasOrphanInSnapshot && !wasOrphanBefore) newOrphans++;
      }
    }
    return { newOrphans, orphans };
  } finally {
    childKeys.close();
    parentKeys.close();
  }
}

async function addKeys(keys: HashPartitions, { rows, comparisons, presence }: KeyRows): Promise<void> {
  const line = new RowLineReader(comparisons.length);
  const columns = comparisons.map((comparison, index) => ({ index, comparison }));
  let position = 0;
  for await (const { bytes } of rows) {
    let start = 0;
    while (start < bytes.length) {
      start = line.read(bytes, start);
      const text = keyText(bytes, line, { columns, nullsAreDistinct: true });
      if (text !== null) keys.add(digestOf(text), Buffer.from([bitsOf(presence(position))]), position);
      position++;
    }
  }
}
