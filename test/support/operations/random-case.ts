import fc from 'fast-check';
import type { ConflictPolicy } from '../../../src/snapshot/difference.ts';
import type { Kind } from './dialect.ts';

export interface RandomColumn {
  readonly name: string;
  readonly kind: Kind;
  readonly isRequired: boolean;
}

export interface RandomReference {
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
}

export interface RandomTable {
  readonly name: string;
  /** Null for a table without a key. */
  readonly key: readonly string[] | null;
  /** The key numbers itself. */
  readonly isAuto: boolean;
  readonly columns: readonly RandomColumn[];
  readonly uniques: readonly (readonly string[])[];
  readonly references: readonly RandomReference[];
}

/** One change of one table; numbers are folded into what the table has. */
export interface RandomEdit {
  readonly what: 'insert' | 'update' | 'delete' | 'swap' | 'clear';
  readonly table: number;
  /** Which rows, by the value of their first column. */
  readonly row: number;
  readonly column: number;
  readonly values: readonly number[];
  /** Foreign keys are not checked: the application's mistakes of former times. */
  readonly isLoose: boolean;
}

export interface RandomCase {
  readonly tables: readonly RandomTable[];
  readonly rows: readonly RandomEdit[];
  readonly edits: readonly RandomEdit[];
  readonly policy: ConflictPolicy;
  readonly only: readonly string[];
  readonly exclude: readonly string[];
  readonly hasSafety: boolean;
}

interface TableSeed {
  readonly key: 'auto' | 'number' | 'text' | 'ci' | 'decimal' | 'composite' | 'none';
  readonly unique: Kind | null;
  readonly hasPairUnique: boolean;
  readonly hasParent: boolean;
  readonly refersTo: number | null;
  readonly hasTime: boolean;
}

const tableSeed: fc.Arbitrary<TableSeed> = fc.record({
  key: fc.constantFrom('auto', 'number', 'number', 'text', 'ci', 'decimal', 'composite', 'none'),
  unique: fc.option(fc.constantFrom('int', 'text', 'ci', 'decimal')),
  hasPairUnique: fc.boolean(),
  hasParent: fc.boolean(),
  refersTo: fc.option(fc.nat(3), { freq: 5 }),
  hasTime: fc.boolean(),
});

const edit: fc.Arbitrary<RandomEdit> = fc.record({
  what: fc.constantFrom('insert', 'insert', 'update', 'update', 'delete', 'swap', 'swap'),
  table: fc.nat(3),
  row: fc.nat(5),
  column: fc.nat(7),
  values: fc.array(fc.nat(15), { minLength: 12, maxLength: 12 }),
  isLoose: fc.integer({ min: 0, max: 7 }).map((number) => number === 0),
});

const clearing: fc.Arbitrary<RandomEdit> = edit.map((one) => ({ ...one, what: 'clear' }));

/** Small databases with values from few choices, so that keys and unique values often meet. */
export const randomCase: fc.Arbitrary<RandomCase> = fc
  .record({
    seeds: fc.array(tableSeed, { minLength: 2, maxLength: 4 }),
    rows: fc.array(
      edit.map((one) => ({ ...one, what: 'insert' as const })),
      { minLength: 6, maxLength: 30, size: 'max' },
    ),
    edits: fc.array(fc.oneof({ weight: 12, arbitrary: edit }, { weight: 1, arbitrary: clearing }), {
      minLength: 2,
      maxLength: 16,
      size: 'max',
    }),
    policy: fc.constantFrom<ConflictPolicy>('replace', 'fail', 'skip', 'overwrite', 'skip', 'overwrite'),
    choice: fc.constantFrom('all', 'only', 'exclude'),
    chosen: fc.nat(3),
    chosenToo: fc.nat(3),
    hasSafety: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  })
  .map(({ seeds, choice, chosen, chosenToo, ...rest }) => {
    const tables = seeds.map((seed, index) => makeTable(seed, index, seeds));
    const names = [...new Set([chosen, chosenToo].map((number) => tables[number % tables.length]!.name))];
    const isAllOut = names.length === tables.length;
    return {
      ...rest,
      tables,
      only: choice === 'only' ? names : [],
      exclude: choice === 'exclude' && !isAllOut ? names : [],
    };
  });

const keyKinds = { auto: 'int', number: 'int', text: 'text', ci: 'ci', decimal: 'decimal' } as const;

function makeTable(seed: TableSeed, index: number, seeds: readonly TableSeed[]): RandomTable {
  const reference = seed.refersTo === null ? null : referTo(seed.refersTo % seeds.length, seeds);
  const hasSelf = seed.hasParent && seed.key !== 'composite' && seed.key !== 'none';
  const self = hasSelf ? [column('parent', keyKinds[seed.key as keyof typeof keyKinds])] : [];
  const columns = [
    ...keyColumnsOf(seed),
    column('v', 'int'),
    ...(seed.unique === null ? [] : [column('u', seed.unique)]),
    ...(seed.hasPairUnique ? [column('p', 'int'), column('q', 'text')] : []),
    ...self,
    ...(reference?.columns ?? []),
    ...(seed.hasTime ? [column('created_at', 'time')] : []),
  ];
  const name = `t${index}`;
  const selfReference = { columns: ['parent'], parent: name, parentColumns: ['id'] };
  return {
    name,
    key: seed.key === 'none' ? null : keyColumnsOf(seed).map((one) => one.name),
    isAuto: seed.key === 'auto',
    columns,
    uniques: [...(seed.unique === null ? [] : [['u']]), ...(seed.hasPairUnique ? [['p', 'q']] : [])],
    references: [...(hasSelf ? [selfReference] : []), ...(reference === null ? [] : [reference.key])],
  };
}

function column(name: string, kind: Kind, isRequired = false): RandomColumn {
  return { name, kind, isRequired };
}

function keyColumnsOf({ key }: TableSeed): RandomColumn[] {
  if (key === 'none') return [column('a', 'int')];
  if (key === 'composite') return [column('a', 'int', true), column('b', 'ci', true)];
  return [column('id', keyKinds[key], true)];
}

function referTo(
  index: number,
  seeds: readonly TableSeed[],
): { columns: RandomColumn[]; key: RandomReference } | null {
  const parent = seeds[index]!;
  if (parent.key === 'none') return null;
  const parentKey = keyColumnsOf(parent);
  const columns = parentKey.map(({ name, kind }) => column(`ref_${name}`, kind));
  return {
    columns,
    key: {
      columns: columns.map(({ name }) => name),
      parent: `t${index}`,
      parentColumns: parentKey.map(({ name }) => name),
    },
  };
}
