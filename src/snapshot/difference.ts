import { digestOf, type KeyColumn, keyText } from './cell-key.ts';
import { HashPartitions, type HashRecord, partitionIndexes } from './hash-partitions.ts';
import { RowLineReader } from './row-line.ts';
import { RowMarks } from './row-marks.ts';
import type { RowSource } from './rows.ts';

const letterN = 0x6e;

/**
 * What happens to rows that are there already. `replace`: the table holds the snapshot's rows afterwards and no
 * other. The others keep rows that the snapshot does not have, and a row with the same key and other content is a
 * conflict: `fail` refuses, `skip` keeps the present row, `overwrite` takes the snapshot's.
 */
export type ConflictPolicy = 'replace' | 'fail' | 'skip' | 'overwrite';

/** What the comparison needs to know of a table; cells are counted in the order of the compared columns. */
export interface ComparedTable {
  readonly columnCount: number;
  /** Null: rows are a multiset. */
  readonly key: readonly KeyColumn[] | null;
  readonly uniques: readonly { readonly name: string; readonly columns: readonly KeyColumn[] }[];
  /** Columns in which the database accepts no NULL, though the snapshot's could hold some. */
  readonly required: readonly { readonly name: string; readonly index: number }[];
  /** Whether a present row was made or changed after the snapshot; null when nothing in a row tells. */
  readonly isNewer: ((bytes: Buffer, line: RowLineReader) => boolean) | null;
}

/** The marks of `TableDifference.marks`: what is to be done with each row of the snapshot. */
export const rowMark = { leave: 0, insert: 1, update: 2 } as const;

/** The effect of a restore on one table: its state before against its state after. */
export interface TableDifference {
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  readonly unchanged: number;
  /** Rows of the snapshot that are not taken, because a present row has their key or a unique value of theirs. */
  readonly skipped: number;
  /** Rows whose key is there with other content; a reason to refuse under `fail`. */
  readonly conflicts: number;
  /** Rows that would break a unique index of the database, by index. */
  readonly collisions: readonly { readonly index: string; readonly rows: number }[];
  /** Rows that would be written with NULL in a column that requires a value, by column. */
  readonly nulls: readonly { readonly column: string; readonly rows: number }[];
  /** Of the rows deleted or changed, how many are newer than the snapshot; null when nothing in the rows tells. */
  readonly newer: number | null;
  /** One of `rowMark` for each row of the snapshot, by its position. Under `replace` every row is inserted. */
  readonly marks: RowMarks;
  /** For each present row, by its position: 1 when it is deleted or replaced. Under `replace` every row goes. */
  readonly gone: RowMarks;
}

export interface ComparisonRequest {
  readonly table: ComparedTable;
  readonly snapshot: RowSource;
  readonly live: RowSource;
  readonly policy: ConflictPolicy;
  readonly onRows?: (rows: number) => void;
}

/**
 * Finds what a restore would change. Reads each side once, in any order, and keeps digests only; memory does not grow
 * with the rows beyond a few bits each.
 */
export async function compareRows(request: ComparisonRequest): Promise<TableDifference> {
  const snapshot = new SideIndex(request.table);
  const live = new SideIndex(request.table);
  try {
    await snapshot.read(request.snapshot, request.onRows);
    await live.read(request.live, request.onRows);
    const tally = new Tally(request.policy, live.newer);
    for (const index of partitionIndexes)
      matchPartition(snapshot.keys.records(index), live.keys.records(index), tally);
    const collisions = request.table.uniques.map(({ name }, index) => ({
      index: name,
      rows: countCollisions(snapshot.uniques[index]!, live.uniques[index]!, tally),
    }));
    return {
      ...tally.result(request.table.isNewer !== null),
      collisions: request.policy === 'skip' ? [] : collisions.filter((collision) => collision.rows > 0),
      nulls: snapshot.writtenNulls(tally),
    };
  } finally {
    snapshot.close();
    live.close();
  }
}

/** The digests of one side's rows. */
class SideIndex {
  readonly keys = new HashPartitions(16);
  readonly uniques: readonly HashPartitions[];
  readonly newer = new RowMarks();
  readonly #table: ComparedTable;
  readonly #line: RowLineReader;
  /** Which rows hold NULL, for each of the required columns. */
  readonly #nulls: readonly RowMarks[];
  #rows = 0;

  constructor(table: ComparedTable) {
    this.#table = table;
    this.#line = new RowLineReader(table.columnCount);
    this.uniques = table.uniques.map(() => new HashPartitions(0));
    this.#nulls = table.required.map(() => new RowMarks());
  }

  async read(rows: RowSource, onRows: ((rows: number) => void) | undefined): Promise<void> {
    for await (const chunk of rows) {
      let start = 0;
      while (start < chunk.bytes.length) {
        const end = this.#line.read(chunk.bytes, start);
        this.#addRow(chunk.bytes, { start, end, position: this.#rows++ });
        start = end;
      }
      onRows?.(chunk.rows);
    }
  }

  #addRow(bytes: Buffer, { start, end, position }: { start: number; end: number; position: number }): void {
    const { key, uniques, required, isNewer } = this.#table;
    const row = digestOf(bytes.subarray(start, end));
    const text = key === null ? null : keyText(bytes, this.#line, { columns: key });
    this.keys.add(text === null ? row : digestOf(text), row, position);
    uniques.forEach(({ columns }, index) => {
      const value = keyText(bytes, this.#line, { columns, nullsAreDistinct: true });
      if (value !== null) this.uniques[index]!.add(digestOf(value), null, position);
    });
    required.forEach(({ index }, nulls) => {
      if (bytes[this.#line.starts[index]!] === letterN) this.#nulls[nulls]!.set(position, 1);
    });
    if (isNewer?.(bytes, this.#line)) this.newer.set(position, 1);
  }

  /** See `TableDifference.nulls`. */
  writtenNulls(tally: Tally): TableDifference['nulls'] {
    const counts = this.#table.required.map(({ name }, index) => {
      let rows = 0;
      for (let position = 0; position < this.#rows; position++) {
        if (this.#nulls[index]!.get(position) === 1 && tally.isWritten(position)) rows++;
      }
      return { column: name, rows };
    });
    return counts.filter(({ rows }) => rows > 0);
  }

  close(): void {
    this.keys.close();
    for (const partitions of this.uniques) partitions.close();
  }
}

/** Counts effects and marks rows, as the policy says. */
class Tally {
  readonly marks = new RowMarks();
  readonly gone = new RowMarks();
  readonly #policy: ConflictPolicy;
  readonly #liveNewer: RowMarks;
  #insert = 0;
  #update = 0;
  #delete = 0;
  #unchanged = 0;
  #skipped = 0;
  #conflicts = 0;
  #newer = 0;

  constructor(policy: ConflictPolicy, liveNewer: RowMarks) {
    this.#policy = policy;
    this.#liveNewer = liveNewer;
  }

  onlyInSnapshot(position: number): void {
    this.#insert++;
    this.marks.set(position, rowMark.insert);
  }

  same(): void {
    this.#unchanged++;
  }

  differs(position: number, livePosition: number): void {
    this.#conflicts++;
    if (this.#policy === 'skip') this.#skipped++;
    if (this.#policy === 'skip' || this.#policy === 'fail') return;
    this.#update++;
    this.marks.set(position, rowMark.update);
    this.#remove(livePosition);
  }

  onlyInDatabase(livePosition: number): void {
    if (this.#policy !== 'replace') return;
    this.#delete++;
    this.#remove(livePosition);
  }

  /** True for a present row that is still there afterwards, as it is. */
  stays(livePosition: number): boolean {
    return this.#policy !== 'replace' && this.gone.get(livePosition) === 0;
  }

  /** True for a row of the snapshot that is written. */
  isWritten(position: number): boolean {
    return this.#policy === 'replace' || this.marks.get(position) !== rowMark.leave;
  }

  /** A row that is written would meet another one in a unique index. */
  collides(position: number): void {
    if (this.#policy !== 'skip') return;
    this.#insert--;
    this.#skipped++;
    this.marks.set(position, rowMark.leave);
  }

  result(tellsNewer: boolean): Omit<TableDifference, 'collisions' | 'nulls'> {
    return {
      insert: this.#insert,
      update: this.#update,
      delete: this.#delete,
      unchanged: this.#unchanged,
      skipped: this.#skipped,
      conflicts: this.#conflicts,
      newer: tellsNewer ? this.#newer : null,
      marks: this.marks,
      gone: this.gone,
    };
  }

  #remove(livePosition: number): void {
    this.gone.set(livePosition, 1);
    if (this.#liveNewer.get(livePosition) === 1) this.#newer++;
  }
}

/**
 * Pairs the rows of both sides that share a key: equal ones first, so that of several rows under one key (a multiset,
 * or keys that only look alike) none is taken for changed that is there unchanged.
 */
function matchPartition(snapshot: Iterable<HashRecord>, live: Iterable<HashRecord>, tally: Tally): void {
  const liveByKey = new Map<string, HashRecord[]>();
  for (const record of live) {
    const sameKey = liveByKey.get(record.digest);
    if (sameKey === undefined) liveByKey.set(record.digest, [record]);
    else sameKey.push(record);
  }
  const unmatched: HashRecord[] = [];
  for (const record of snapshot) {
    const sameKey = liveByKey.get(record.digest);
    const equal = sameKey?.findLastIndex((other) => other.extra === record.extra) ?? -1;
    if (equal < 0) {
      unmatched.push(record);
      continue;
    }
    takeOut(sameKey!, equal);
    tally.same();
  }
  for (const record of unmatched) {
    const other = liveByKey.get(record.digest)?.pop();
    if (other === undefined) tally.onlyInSnapshot(record.position);
    else tally.differs(record.position, other.position);
  }
  for (const left of liveByKey.values()) {
    for (const record of left) tally.onlyInDatabase(record.position);
  }
}

/** In constant time, since a multiset may hold one row a million times; the order changes. */
function takeOut(records: HashRecord[], index: number): void {
  const last = records.pop()!;
  if (index < records.length) records[index] = last;
}

/** How many written rows meet, in this unique index, a row that stays or another one that is written. */
function countCollisions(snapshot: HashPartitions, live: HashPartitions, tally: Tally): number {
  let collisions = 0;
  for (const index of partitionIndexes) {
    const taken = new Set<string>();
    for (const record of live.records(index)) {
      if (tally.stays(record.position)) taken.add(record.digest);
    }
    for (const record of snapshot.records(index)) {
      if (!tally.isWritten(record.position)) continue;
      if (taken.has(record.digest)) {
        collisions++;
        tally.collides(record.position);
      }
      taken.add(record.digest);
    }
  }
  return collisions;
}
