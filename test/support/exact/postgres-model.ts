import fc from 'fast-check';
import { nameArbitrary } from './names.ts';
import { arrayText, doubleTexts, type PostgresType, postgresTypes, rowText } from './postgres-values.ts';
import { textArbitrary } from './texts.ts';

/** Types that a case makes itself, by the word that stands for them in a column's type. */
export const ownTypes = [
  'enum',
  'enum domain',
  'text domain',
  'array domain',
  'composite',
  'float range',
  'text range',
] as const;
export type OwnType = (typeof ownTypes)[number];

export interface PostgresColumnModel {
  readonly name: string;
  readonly own: OwnType | null;
  /** Of a type that the case does not make itself. */
  readonly type: string;
  readonly isArray: boolean;
  /** Texts that the type reads, and nulls; the rows take them in turn. */
  readonly values: readonly (string | null)[];
  readonly isRequired: boolean;
  readonly isUnique: boolean;
  readonly isKey: boolean;
}

export interface PostgresTableModel {
  readonly name: string;
  readonly kind: 'plain' | 'unlogged' | 'by list' | 'by hash' | 'by range' | 'inherited' | 'no columns';
  readonly key: 'none' | 'always' | 'by default' | 'serial' | 'one' | 'two' | 'unique' | 'deferrable';
  readonly keyName: string;
  readonly keyValues: readonly number[];
  readonly sequence: { readonly increment: number; readonly lead: number; readonly isCalled: boolean };
  readonly columns: readonly PostgresColumnModel[];
  readonly hasDropped: boolean;
  readonly hasGenerated: boolean;
  /** How the second partition is made: itself divided, or a table with another order of columns. */
  readonly partitions: 'flat' | 'nested' | 'attached';
  readonly index: 'none' | 'plain' | 'partial' | 'expression' | 'exclusion';
  readonly reference: {
    readonly to: number;
    readonly form:
      | ''
      | 'ON DELETE CASCADE'
      | 'DEFERRABLE INITIALLY DEFERRED'
      | 'NOT VALID'
      | 'ON DELETE SET NULL';
  } | null;
  readonly beside:
    | 'none'
    | 'change'
    | 'suppress'
    | 'always'
    | 'add rows'
    | 'disabled'
    | 'rule nothing'
    | 'rule also'
    | 'row security'
    | 'view';
  readonly rowCount: number;
  readonly damage: 'empty' | 'update' | 'truncate' | 'more';
}

export interface PostgresModel {
  readonly schema: string;
  readonly labels: readonly string[];
  readonly tables: readonly PostgresTableModel[];
  /** A sequence that feeds no column. */
  readonly freeSequence: { readonly name: string; readonly value: bigint; readonly isCalled: boolean } | null;
}

const maxBytes = 63;
const name = nameArbitrary({ isAllowed: (text) => !text.includes('\u0000') && text !== '', maxBytes });

/** Values are made by case, so labels are the same few; their order is the case's. */
const labels = ['a', 'A', '', ' ', "it's", 'a"b', 'back\\slash', 'new\nline', '😀', 'NULL', '{x,y}', '--'];

const ownValues: Readonly<Record<OwnType, fc.Arbitrary<string>>> = {
  enum: fc.constantFrom(...labels),
  'enum domain': fc.constantFrom(...labels),
  'text domain': textArbitrary.filter((text) => text !== 'forbidden'),
  'array domain': fc
    .array(fc.option(fc.integer().map(String)), { maxLength: 4 })
    .map((list) => arrayText(list)),
  composite: fc
    .record({
      number: fc.option(fc.integer().map(String)),
      text: fc.option(textArbitrary),
      label: fc.option(fc.constantFrom(...labels)),
      list: fc.option(fc.array(fc.option(textArbitrary), { maxLength: 3 }).map((list) => arrayText(list))),
    })
    .map(({ number, text, label, list }) => rowText([number, text, label, list])),
  'float range': fc
    .tuple(doubleTexts, doubleTexts)
    .map(([a, b]) => (Number(a) <= Number(b) ? `[${a},${b}]` : `[${a},)`)),
  'text range': fc
    .tuple(textArbitrary, fc.boolean())
    .map(([text, isOpen]) => (isOpen ? `(${quoteBound(text)},)` : `(,${quoteBound(text)}]`)),
};

function quoteBound(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`;
}

const common = { name, isRequired: rarely(4), isUnique: rarely(8) };

function rarely(oneIn: number): fc.Arbitrary<boolean> {
  return fc.nat(oneIn - 1).map((drawn) => drawn === oneIn - 1);
}

function listed(values: fc.Arbitrary<string>, isKey: boolean): fc.Arbitrary<readonly (string | null)[]> {
  return fc.array(isKey ? values : fc.option(values, { freq: 6 }), { minLength: 1, maxLength: 6 });
}

function builtInColumn({ type, values, isKey = false }: PostgresType): fc.Arbitrary<PostgresColumnModel> {
  return fc.record({
    ...common,
    own: fc.constant(null),
    type: fc.constant(type),
    isArray: fc.constant(false),
    values: listed(values, false),
    isKey: fc.constant(isKey),
  });
}

function arrayColumn({ type, values, delimiter = ',' }: PostgresType): fc.Arbitrary<PostgresColumnModel> {
  const elements = fc.array(fc.option(values, { freq: 4 }), { maxLength: 5 });
  const flat = fc
    .tuple(elements, fc.constantFrom(1, 1, 1, 0, -3))
    .map(([list, lower]) => arrayText(list, { delimiter, lower }));
  const nested = fc
    .array(fc.tuple(fc.option(values), fc.option(values)), { minLength: 1, maxLength: 3 })
    .map((rows) => `{${rows.map((row) => arrayText(row, { delimiter })).join(delimiter)}}`);
  return fc.record({
    ...common,
    own: fc.constant(null),
    type: fc.constant(type),
    isArray: fc.constant(true),
    values: listed(fc.oneof({ weight: 3, arbitrary: flat }, { weight: 1, arbitrary: nested }), false),
    isKey: fc.constant(false),
    isUnique: fc.constant(false),
  });
}

function ownColumn(own: OwnType): fc.Arbitrary<PostgresColumnModel> {
  const values = ownValues[own];
  const isArray = own === 'enum' || own === 'composite' ? fc.boolean() : fc.constant(false);
  return isArray.chain((isList) =>
    fc.record({
      ...common,
      own: fc.constant(own),
      type: fc.constant(''),
      isArray: fc.constant(isList),
      values: listed(
        isList ? fc.array(fc.option(values), { maxLength: 3 }).map((list) => arrayText(list)) : values,
        false,
      ),
      isKey: fc.constant(own === 'enum' && !isList),
      isUnique: fc.constant(false),
    }),
  );
}

const notInArrays = new Set(['int2vector', 'oidvector', 'text COLLATE "C"']);

const columnArbitrary: fc.Arbitrary<PostgresColumnModel> = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(...postgresTypes.map(builtInColumn)) },
  {
    weight: 2,
    arbitrary: fc.oneof(...postgresTypes.filter(({ type }) => !notInArrays.has(type)).map(arrayColumn)),
  },
  { weight: 2, arbitrary: fc.oneof(...ownTypes.map(ownColumn)) },
);

const tableArbitrary: fc.Arbitrary<PostgresTableModel> = fc.record({
  name,
  kind: fc.constantFrom(
    ...([
      'plain',
      'plain',
      'plain',
      'plain',
      'unlogged',
      'by list',
      'by hash',
      'by range',
      'inherited',
      'no columns',
    ] as const),
  ),
  key: fc.constantFrom('none', 'always', 'by default', 'serial', 'one', 'two', 'unique', 'deferrable'),
  keyName: name,
  keyValues: fc.uniqueArray(fc.integer({ min: -50, max: 200 }), { minLength: 12, maxLength: 12 }),
  sequence: fc.record({
    increment: fc.constantFrom(1, 1, 1, 5, -1),
    lead: fc.constantFrom(0, 1, 1000, 2 ** 30),
    isCalled: fc.boolean(),
  }),
  columns: fc.array(columnArbitrary, { minLength: 1, maxLength: 5 }),
  hasDropped: rarely(5),
  hasGenerated: rarely(4),
  partitions: fc.constantFrom('flat', 'nested', 'attached'),
  index: fc.constantFrom('none', 'none', 'plain', 'partial', 'expression', 'exclusion'),
  reference: fc.option(
    fc.record({
      to: fc.nat(3),
      form: fc.constantFrom(
        '' as const,
        'ON DELETE CASCADE',
        'DEFERRABLE INITIALLY DEFERRED',
        'NOT VALID',
        'ON DELETE SET NULL',
      ),
    }),
  ),
  beside: fc.constantFrom(
    ...([
      'none',
      'none',
      'none',
      'none',
      'none',
      'change',
      'suppress',
      'always',
      'add rows',
      'disabled',
    ] as const),
    ...(['rule nothing', 'rule also', 'row security', 'view'] as const),
  ),
  rowCount: fc.nat(12),
  damage: fc.constantFrom('empty', 'update', 'truncate', 'more'),
});

export const postgresModels: fc.Arbitrary<PostgresModel> = fc.record({
  schema: name,
  labels: fc.shuffledSubarray(labels, { minLength: labels.length }),
  tables: fc.array(tableArbitrary, { minLength: 1, maxLength: 4 }),
  freeSequence: fc.option(
    fc.record({
      name,
      value: fc.constantFrom(1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 7n),
      isCalled: fc.boolean(),
    }),
  ),
});
