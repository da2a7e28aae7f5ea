import type { RandomCase, RandomReference, RandomTable } from './random-case.ts';
import type { PlainRow, PlainRows } from './random-database.ts';

/** What a restore does to one table: rows in, rows changed in place, rows out, rows that were as they should be. */
export interface Effect {
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  readonly unchanged: number;
}

/** What only the snapshot and the policy tell. */
export interface Losses {
  /** Rows of the snapshot that are not taken. */
  readonly skipped: number;
  /** Rows lost or changed that say themselves that they are newer; null where the table has no times. */
  readonly newer: number | null;
}

export interface Expectation {
  /** Why the restore must refuse, as `unique t0`, sorted; empty when it must succeed. */
  readonly failures: readonly string[];
  readonly effects: ReadonlyMap<string, Losses>;
  /** The rows of every table afterwards, if it succeeds. */
  readonly after: PlainRows;
}

/** Which tables a case restores. */
export function chosenTables({ tables, only, exclude }: RandomCase): readonly RandomTable[] {
  return tables.filter(({ name }) => (only.length === 0 || only.includes(name)) && !exclude.includes(name));
}

interface Outcome {
  readonly stays: readonly PlainRow[];
  readonly written: readonly PlainRow[];
  /** Rows that go, or whose content goes. */
  readonly gone: readonly PlainRow[];
  readonly conflicts: number;
  readonly skipped: number;
}

/**
 * What a restore should do, worked out from plain rows by the documented rules and by nothing of Holdfast's: the
 * oracle that its plan is compared with.
 */
export function expectRestore(random: RandomCase, { snapshot, live, taken }: Facts): Expectation {
  const isEmpty = [...live.values()].every((rows) => rows.length === 0);
  const policy = isEmpty ? 'replace' : random.policy;
  const chosen = chosenTables(random);
  const outcomes = new Map<string, Outcome>();
  for (const table of chosen) {
    const sides = { snapshot: snapshot.get(table.name)!, live: live.get(table.name)! };
    outcomes.set(table.name, decide(table, policy, sides));
  }
  const failures = new Set<string>();
  for (const table of chosen) {
    const { conflicts, stays, written } = outcomes.get(table.name)!;
    const isBroken = (unique: readonly string[]): boolean =>
      hasTwins([...stays, ...written], indexesOf(table, unique));
    if (policy === 'fail' && conflicts > 0) failures.add(`conflict ${table.name}`);
    if (table.uniques.some(isBroken)) failures.add(`unique ${table.name}`);
  }
  for (const table of random.tables) {
    const question = { table, snapshot, live, outcomes };
    if (table.references.some((reference) => makesOrphans(random, { ...question, reference })))
      failures.add(`foreign key ${table.name}`);
  }
  return {
    failures: [...failures].sort(),
    effects: new Map(chosen.map((table) => [table.name, lossesOf(table, outcomes.get(table.name)!, taken)])),
    after: new Map(random.tables.map(({ name }) => [name, afterOf(outcomes.get(name)) ?? live.get(name)!])),
  };
}

export interface Facts {
  readonly snapshot: PlainRows;
  readonly live: PlainRows;
  /** When the snapshot was taken. */
  readonly taken: Date;
}

function afterOf(outcome: Outcome | undefined): PlainRow[] | undefined {
  return outcome === undefined ? undefined : [...outcome.stays, ...outcome.written];
}

/** Under `replace` a row that comes back as it was is not lost. */
function lossesOf(table: RandomTable, { gone, written, skipped }: Outcome, taken: Date): Losses {
  const index = table.columns.findIndex(({ kind }) => kind === 'time');
  if (index < 0) return { skipped, newer: null };
  const lost = without(gone, written);
  return { skipped, newer: lost.filter((row) => timeOf(row.same[index]!) > taken.getTime()).length };
}

function timeOf(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

function decide(
  table: RandomTable,
  policy: RandomCase['policy'],
  { snapshot, live }: { snapshot: readonly PlainRow[]; live: readonly PlainRow[] },
): Outcome {
  if (policy === 'replace') return { stays: [], written: snapshot, gone: live, conflicts: 0, skipped: 0 };
  const gone = new Set<PlainRow>();
  const met = new Set<PlainRow>();
  let written: PlainRow[] = [];
  let conflicts = 0;
  let skipped = 0;
  for (const row of snapshot) {
    const other = live.find((one) => !met.has(one) && isSameKey(table, row, one));
    if (other === undefined) {
      written.push(row);
      continue;
    }
    met.add(other);
    if (textOf(other) === textOf(row)) continue;
    conflicts++;
    if (policy === 'skip') skipped++;
    if (policy !== 'overwrite') continue;
    gone.add(other);
    written.push(row);
  }
  const stays = live.filter((row) => !gone.has(row));
  if (policy === 'skip') {
    const free = written.filter(
      (row) =>
        !table.uniques.some((unique) => stays.some((other) => meets(row, other, indexesOf(table, unique)))),
    );
    skipped += written.length - free.length;
    written = free;
  }
  return { stays, written, gone: [...gone], conflicts, skipped };
}

/** Without a key, only an equal row is the same row. */
function isSameKey(table: RandomTable, a: PlainRow, b: PlainRow): boolean {
  if (table.key === null) return textOf(a) === textOf(b);
  return indexesOf(table, table.key).every((index) => a.same[index] === b.same[index]);
}

function indexesOf({ columns }: RandomTable, names: readonly string[]): number[] {
  return names.map((name) => columns.findIndex((column) => column.name === name));
}

function meets(a: PlainRow, b: PlainRow, indexes: readonly number[]): boolean {
  return indexes.every((index) => a.same[index] !== null && a.same[index] === b.same[index]);
}

function hasTwins(rows: readonly PlainRow[], indexes: readonly number[]): boolean {
  return rows.some((row, at) => rows.slice(at + 1).some((other) => meets(row, other, indexes)));
}

export function textOf({ exact }: PlainRow): string {
  return JSON.stringify(exact);
}

interface OrphanQuestion {
  readonly table: RandomTable;
  readonly reference: RandomReference;
  readonly snapshot: PlainRows;
  readonly live: PlainRows;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** Children that the restore leaves without a parent, but for those that had none in the snapshot or before. */
function makesOrphans(
  { tables }: RandomCase,
  { table, reference, snapshot, live, outcomes }: OrphanQuestion,
): boolean {
  const parent = tables.find(({ name }) => name === reference.parent)!;
  const own = outcomes.get(table.name);
  const others = outcomes.get(parent.name);
  const keyOf = (row: PlainRow): string | null => {
    const cells = indexesOf(table, reference.columns).map((index) => row.same[index]!);
    return cells.includes(null as never) ? null : JSON.stringify(cells);
  };
  const parentIndexes = indexesOf(parent, reference.parentColumns);
  const keysIn = (rows: readonly PlainRow[]): Set<string> =>
    new Set(rows.map((row) => JSON.stringify(parentIndexes.map((index) => row.same[index]))));
  const liveParents = live.get(parent.name)!;
  const after = keysIn(others === undefined ? liveParents : [...others.stays, ...others.written]);
  const before = keysIn(liveParents);
  const inSnapshot = keysIn(snapshot.get(parent.name)!);
  const isNew = (row: PlainRow, known: ReadonlySet<string>): boolean => {
    const key = keyOf(row);
    return key !== null && !after.has(key) && known.has(key);
  };
  const staying = own === undefined ? live.get(table.name)! : own.stays;
  const written = own === undefined ? [] : own.written;
  return staying.some((row) => isNew(row, before)) || written.some((row) => isNew(row, inSnapshot));
}

export interface Sides {
  readonly before: readonly PlainRow[];
  readonly after: readonly PlainRow[];
  readonly snapshot: readonly PlainRow[];
}

/** The difference of two states of a table, and how many rows of the snapshot were there already. */
export function measure(table: RandomTable, { before, after, snapshot }: Sides): Effect {
  const appeared = without(after, before);
  const disappeared = without(before, after);
  const unchanged = snapshot.length - without(snapshot, before).length;
  if (table.key === null)
    return { insert: appeared.length, update: 0, delete: disappeared.length, unchanged };
  const update = appeared.filter((row) => disappeared.some((other) => isSameKey(table, row, other))).length;
  return { insert: appeared.length - update, update, delete: disappeared.length - update, unchanged };
}

/** The rows of a multiset that are not in another one. */
export function without(rows: readonly PlainRow[], others: readonly PlainRow[]): PlainRow[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(textOf(row), (left.get(textOf(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const count = left.get(textOf(row)) ?? 0;
    left.set(textOf(row), count - 1);
    return count <= 0;
  });
}

/** Rows as a sorted list of texts, for comparing states. */
export function sorted(rows: readonly PlainRow[]): string[] {
  return rows.map(textOf).sort();
}
