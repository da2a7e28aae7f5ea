import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ComparedTable,
  type ConflictPolicy,
  compareRows,
  rowMark,
  type TableDifference,
} from '../../src/snapshot/difference.ts';
import type { KeyComparison } from '../../src/snapshot/table.ts';
import { rowsOf } from '../support/snapshots.ts';

const policies: readonly ConflictPolicy[] = ['replace', 'fail', 'skip', 'overwrite'];

/** A table of three columns: a key, a unique value, another value. */
const keyed: ComparedTable = {
  columnCount: 3,
  key: [{ index: 0, comparison: 'exact' }],
  uniques: [{ name: 'by_value', columns: [{ index: 1, comparison: 'exact' }] }],
  required: [],
  isNewer: null,
};
const keyless: ComparedTable = { ...keyed, key: null, uniques: [] };

interface Case {
  readonly table?: ComparedTable;
  readonly snapshot: readonly string[];
  readonly live: readonly string[];
  readonly policy: ConflictPolicy;
}

function compare({ table = keyed, snapshot, live, policy }: Case): Promise<TableDifference> {
  return compareRows({ table, snapshot: rowsOf(snapshot, 3), live: rowsOf(live, 2), policy });
}

/** The counts and marks, without what is empty. */
async function effectOf(one: Case): Promise<Record<string, unknown>> {
  const { marks, gone, collisions, nulls, newer, ...counts } = await compare(one);
  const all = {
    ...counts,
    newer,
    collisions: collisions.length === 0 ? null : collisions,
    nulls: nulls.length === 0 ? null : nulls,
    marks: one.snapshot.map((_, position) => marks.get(position)).join(''),
    gone: one.live.map((_, position) => gone.get(position)).join(''),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0 && value !== null));
}

const [a, b, c] = ['[1,"a",0]', '[2,"b",0]', '[3,"c",0]'];
const aChanged = '[1,"a",9]';

describe.each<[string, Omit<Case, 'policy'>, Record<ConflictPolicy, object>]>([
  [
    'two empty sides',
    { snapshot: [], live: [] },
    {
      replace: { marks: '', gone: '' },
      fail: { marks: '', gone: '' },
      skip: { marks: '', gone: '' },
      overwrite: { marks: '', gone: '' },
    },
  ],
  [
    'an empty table',
    { snapshot: [a, b], live: [] },
    {
      replace: { insert: 2, marks: '11', gone: '' },
      fail: { insert: 2, marks: '11', gone: '' },
      skip: { insert: 2, marks: '11', gone: '' },
      overwrite: { insert: 2, marks: '11', gone: '' },
    },
  ],
  [
    'an empty snapshot',
    { snapshot: [], live: [a, b] },
    {
      replace: { delete: 2, marks: '', gone: '11' },
      fail: { marks: '', gone: '00' },
      skip: { marks: '', gone: '00' },
      overwrite: { marks: '', gone: '00' },
    },
  ],
  [
    'the same rows in another order',
    { snapshot: [a, b, c], live: [c, a, b] },
    {
      replace: { unchanged: 3, marks: '000', gone: '000' },
      fail: { unchanged: 3, marks: '000', gone: '000' },
      skip: { unchanged: 3, marks: '000', gone: '000' },
      overwrite: { unchanged: 3, marks: '000', gone: '000' },
    },
  ],
  [
    'a changed, a lost, a new and an equal row',
    { snapshot: [a, b, c], live: ['[4,"d",0]', aChanged, b] },
    {
      replace: { insert: 1, update: 1, delete: 1, unchanged: 1, conflicts: 1, marks: '201', gone: '110' },
      fail: { insert: 1, unchanged: 1, conflicts: 1, marks: '001', gone: '000' },
      skip: { insert: 1, unchanged: 1, conflicts: 1, skipped: 1, marks: '001', gone: '000' },
      overwrite: { insert: 1, update: 1, unchanged: 1, conflicts: 1, marks: '201', gone: '010' },
    },
  ],
  [
    'a unique value that another present row has',
    { snapshot: [a, b], live: ['[7,"a",0]'] },
    {
      replace: { insert: 2, delete: 1, marks: '11', gone: '1' },
      fail: { insert: 2, collisions: [{ index: 'by_value', rows: 1 }], marks: '11', gone: '0' },
      skip: { insert: 1, skipped: 1, marks: '01', gone: '0' },
      overwrite: { insert: 2, collisions: [{ index: 'by_value', rows: 1 }], marks: '11', gone: '0' },
    },
  ],
  [
    'two rows that have swapped their unique values',
    { snapshot: [a, b], live: ['[1,"b",0]', '[2,"a",0]'] },
    {
      replace: { update: 2, conflicts: 2, marks: '22', gone: '11' },
      fail: { conflicts: 2, marks: '00', gone: '00' },
      skip: { conflicts: 2, skipped: 2, marks: '00', gone: '00' },
      overwrite: { update: 2, conflicts: 2, marks: '22', gone: '11' },
    },
  ],
  [
    'a unique value that moved to a row which stays',
    { snapshot: [a], live: ['[1,"x",0]', '[2,"a",0]'] },
    {
      replace: { update: 1, delete: 1, conflicts: 1, marks: '2', gone: '11' },
      fail: { conflicts: 1, marks: '0', gone: '00' },
      skip: { conflicts: 1, skipped: 1, marks: '0', gone: '00' },
      overwrite: {
        update: 1,
        conflicts: 1,
        collisions: [{ index: 'by_value', rows: 1 }],
        marks: '2',
        gone: '10',
      },
    },
  ],
  [
    'a unique value twice in the snapshot itself',
    { snapshot: [a, '[2,"a",0]'], live: [] },
    {
      replace: { insert: 2, collisions: [{ index: 'by_value', rows: 1 }], marks: '11', gone: '' },
      fail: { insert: 2, collisions: [{ index: 'by_value', rows: 1 }], marks: '11', gone: '' },
      skip: { insert: 1, skipped: 1, marks: '10', gone: '' },
      overwrite: { insert: 2, collisions: [{ index: 'by_value', rows: 1 }], marks: '11', gone: '' },
    },
  ],
  [
    'many NULLs in a unique index',
    { snapshot: ['[1,null,0]', '[2,null,0]'], live: ['[3,null,0]'] },
    {
      replace: { insert: 2, delete: 1, marks: '11', gone: '1' },
      fail: { insert: 2, marks: '11', gone: '0' },
      skip: { insert: 2, marks: '11', gone: '0' },
      overwrite: { insert: 2, marks: '11', gone: '0' },
    },
  ],
  [
    'rows without a key, as a multiset',
    { table: keyless, snapshot: [a, a, a, b], live: [a, b, b, c] },
    {
      replace: { insert: 2, delete: 2, unchanged: 2, marks: '0110', gone: '0101' },
      fail: { insert: 2, unchanged: 2, marks: '0110', gone: '0000' },
      skip: { insert: 2, unchanged: 2, marks: '0110', gone: '0000' },
      overwrite: { insert: 2, unchanged: 2, marks: '0110', gone: '0000' },
    },
  ],
  [
    'NULL in a column that requires a value now',
    {
      table: {
        ...keyed,
        required: [
          { name: 'value', index: 1 },
          { name: 'rest', index: 2 },
        ],
      },
      snapshot: ['[1,null,0]', '[2,null,0]', '[3,"c",0]'],
      live: ['[1,"a",0]', c],
    },
    {
      replace: {
        insert: 1,
        update: 1,
        unchanged: 1,
        conflicts: 1,
        nulls: [{ column: 'value', rows: 2 }],
        marks: '210',
        gone: '10',
      },
      fail: {
        insert: 1,
        unchanged: 1,
        conflicts: 1,
        nulls: [{ column: 'value', rows: 1 }],
        marks: '010',
        gone: '00',
      },
      skip: {
        insert: 1,
        unchanged: 1,
        conflicts: 1,
        skipped: 1,
        nulls: [{ column: 'value', rows: 1 }],
        marks: '010',
        gone: '00',
      },
      overwrite: {
        insert: 1,
        update: 1,
        unchanged: 1,
        conflicts: 1,
        nulls: [{ column: 'value', rows: 2 }],
        marks: '210',
        gone: '10',
      },
    },
  ],
  [
    'rows that are newer than the snapshot',
    {
      table: { ...keyed, isNewer: (bytes, line) => bytes[line.starts[2]!] === 0x39 },
      snapshot: [a, b],
      live: [aChanged, '[3,"c",9]', '[4,"d",0]'],
    },
    {
      replace: { insert: 1, update: 1, delete: 2, conflicts: 1, newer: 2, marks: '21', gone: '111' },
      fail: { insert: 1, conflicts: 1, marks: '01', gone: '000' },
      skip: { insert: 1, conflicts: 1, skipped: 1, marks: '01', gone: '000' },
      overwrite: { insert: 1, update: 1, conflicts: 1, newer: 1, marks: '21', gone: '100' },
    },
  ],
])('%s', (_, sides, expected) => {
  it.each(policies)('under %s', async (policy) => {
    const effect = await effectOf({ ...sides, policy });
    // A multiset's equal rows may be told apart in any way: only how many of each are marked is promised.
    const sorted = sides.table?.key === null ? sortMarks : (one: Record<string, unknown>) => one;
    expect(sorted(effect)).toEqual(sorted({ ...expected[policy] }));
  });
});

function sortMarks(effect: Record<string, unknown>): Record<string, unknown> {
  const sort = (text: unknown): string => [...String(text)].sort().join('');
  return { ...effect, marks: sort(effect['marks']), gone: sort(effect['gone']) };
}

describe('keys', () => {
  const by = (comparison: KeyComparison): ComparedTable => ({
    ...keyed,
    uniques: [],
    key: [{ index: 0, comparison }],
  });

  it('are compared as the database compares them', async () => {
    const snapshot = ['["A","x",0]'];
    const live = ['["a","x",0]'];
    expect(await effectOf({ table: by('exact'), snapshot, live, policy: 'overwrite' })).toMatchObject({
      insert: 1,
    });
    expect(await effectOf({ table: by('ignore-case'), snapshot, live, policy: 'overwrite' })).toMatchObject({
      update: 1,
    });
  });

  it('of which two look alike are paired with their equals first', async () => {
    const snapshot = ['["a","x",0]', '["A","y",0]'];
    const live = ['["A","y",0]', '["a","x",0]'];
    expect(await effectOf({ table: by('ignore-case'), snapshot, live, policy: 'overwrite' })).toEqual({
      ...{ unchanged: 2, marks: '00', gone: '00' },
    });
  });

  it('of several columns are compared together', async () => {
    const table = {
      ...keyed,
      uniques: [],
      key: [0, 1].map((index) => ({ index, comparison: 'exact' as const })),
    };
    const snapshot = ['[1,"a",0]', '[1,"b",0]'];
    const live = ['[1,"b",1]', '[2,"a",0]'];
    expect(await effectOf({ table, snapshot, live, policy: 'replace' })).toEqual({
      ...{ insert: 1, update: 1, delete: 1, conflicts: 1, marks: '12', gone: '11' },
    });
  });
});

describe('compareRows', () => {
  it('tells nothing of newer rows where nothing in them tells', async () => {
    expect((await compare({ snapshot: [], live: [a], policy: 'replace' })).newer).toBeNull();
  });

  it('reports the rows that it reads, and closes both sides on failure', async () => {
    let read = 0;
    const onRows = (rows: number): void => {
      read += rows;
    };
    await compareRows({ table: keyed, snapshot: rowsOf([a, b]), live: rowsOf([c]), policy: 'fail', onRows });
    expect(read).toBe(3);
    await expect(compare({ snapshot: [a], live: ['[1]'], policy: 'fail' })).rejects.toMatchObject({
      code: 'SNAPSHOT.CONTENT',
    });
  });

  it('takes no longer for a row that is there 200,000 times', async () => {
    const many = Array.from({ length: 200_000 }, () => a);
    const started = performance.now();
    const { unchanged } = await compare({ table: keyless, snapshot: many, live: many, policy: 'replace' });
    expect(unchanged).toBe(200_000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('what the marks say', () => {
  interface Row {
    readonly id: number;
    readonly value: number | null;
    readonly rest: number;
  }
  const row = fc.record({ id: fc.nat(9), value: fc.option(fc.nat(5)), rest: fc.nat(2) });
  const lineOf = ({ id, value, rest }: Row): string => `[${id},${value},${rest}]`;

  /** Rows that a table with this key and this unique index can hold. */
  const rows = fc
    .array(row, { maxLength: 8 })
    .map((list) =>
      list.filter(
        (one, index) =>
          list.findIndex((other) => other.id === one.id) === index &&
          list.findIndex((other) => other.value !== null && other.value === one.value) >=
            (one.value === null ? -1 : index),
      ),
    );

  it.each(policies)('under %s is what a restore then does', async (policy) => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (snapshot, live) => {
        const difference = await compare({ snapshot: snapshot.map(lineOf), live: live.map(lineOf), policy });
        const before = new Map(live.map((one) => [one.id, lineOf(one)]));
        const after = carryOut(policy, { snapshot, live }, difference);
        const ids = [...new Set([...before.keys(), ...after.map(({ id }) => id)])];
        const now = new Map(after.map((one) => [one.id, lineOf(one)]));
        expect({
          insert: ids.filter((id) => !before.has(id)).length,
          delete: ids.filter((id) => !now.has(id)).length,
          update: ids.filter((id) => before.has(id) && now.has(id) && before.get(id) !== now.get(id)).length,
        }).toEqual({ insert: difference.insert, delete: difference.delete, update: difference.update });
        expect(difference.unchanged).toBe(
          snapshot.filter((one) => before.get(one.id) === lineOf(one)).length,
        );
        const isBroken = breaksRule(after);
        expect(isBroken).toBe(difference.collisions.length > 0);
        if (policy === 'replace') expect(after.map(lineOf)).toEqual(snapshot.map(lineOf));
      }),
      { numRuns: 500 },
    );
  });

  /** The table after a restore that follows the marks. */
  function carryOut(
    policy: ConflictPolicy,
    { snapshot, live }: { snapshot: readonly Row[]; live: readonly Row[] },
    { marks, gone }: TableDifference,
  ): Row[] {
    if (policy === 'replace') return [...snapshot];
    const kept = live.filter((_, position) => gone.get(position) === 0);
    return [...kept, ...snapshot.filter((_, position) => marks.get(position) !== rowMark.leave)];
  }

  function breaksRule(table: readonly Row[]): boolean {
    const values = table.map(({ value }) => value).filter((value) => value !== null);
    expect(new Set(table.map(({ id }) => id)).size).toBe(table.length);
    return new Set(values).size !== values.length;
  }
});

it('pairs equal rows under one key first, wherever they stand among the others', async () => {
  const lines = ['[1,"a",0]', '[1,"b",0]', '[1,"c",0]', '[1,"d",0]'];
  for (const one of lines) {
    const {
      insert,
      update,
      delete: gone,
    } = await compare({
      table: { ...keyed, uniques: [] },
      ...{ snapshot: [one], live: lines, policy: 'replace' as const },
    });
    expect([one, insert, update, gone]).toEqual([one, 0, 0, 3]);
  }
});
