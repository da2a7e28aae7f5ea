import fc from 'fast-check';
import { nameArbitrary } from './names.ts';
import { literalArbitrary, type StorageClass } from './sqlite-values.ts';

export interface SqliteColumnModel {
  readonly name: string;
  readonly type: string;
  /** Literals; the rows take them in turn. */
  readonly values: readonly string[];
  readonly isRequired: boolean;
  readonly isUnique: boolean;
  readonly collation: '' | 'NOCASE' | 'RTRIM' | 'BINARY';
}

export interface SqliteTableModel {
  readonly name: string;
  readonly layout: 'plain' | 'without rowid' | 'strict' | 'strict without rowid';
  readonly key: 'none' | 'integer' | 'autoincrement' | 'descending' | 'one' | 'two' | 'all';
  readonly keyName: string;
  readonly keyValues: readonly bigint[];
  readonly columns: readonly SqliteColumnModel[];
  /** Expressions over the first column. */
  readonly generated: readonly {
    readonly name: string;
    readonly kind: 'VIRTUAL' | 'STORED';
    readonly form: number;
  }[];
  readonly index: 'none' | 'plain' | 'unique partial' | 'expression' | 'unique';
  readonly reference: { readonly to: number; readonly action: string } | null;
  readonly trigger: 'none' | 'delete all' | 'change' | 'refuse' | 'on delete';
  /** Columns added to the rows that were there, which stay as short as they were. */
  readonly late: { readonly name: string; readonly fallback: string } | null;
  readonly rowCount: number;
  /** How far the counter stands beyond the highest id. */
  readonly counterLead: bigint;
  readonly damage: 'empty' | 'update' | 'some' | 'more';
}

export interface SqliteModel {
  readonly encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be';
  readonly journal: 'wal' | 'delete';
  readonly tables: readonly SqliteTableModel[];
}

const anyClass: readonly StorageClass[] = ['integer', 'real', 'text', 'blob'];
const looseTypes: readonly (readonly [string, readonly StorageClass[]])[] = [
  ...(['INTEGER', 'INT', 'BIGINT', 'BOOLEAN', 'FLOATING POINT', 'unsigned big int'] as const).map(
    (type) => [type, ['integer']] as const,
  ),
  ...(['TEXT', 'VARCHAR(191)', 'CLOB', 'JSONB TEXT'] as const).map((type) => [type, ['text']] as const),
  ...(['REAL', 'DOUBLE PRECISION', 'FLOAT'] as const).map((type) => [type, ['real']] as const),
  ...(['NUMERIC', 'DECIMAL(65,30)', 'DATETIME', 'JSONB', 'STRING'] as const).map(
    (type) => [type, ['real', 'integer', 'text']] as const,
  ),
  ['BLOB', ['blob']],
  ['', anyClass],
];
const strictTypes: readonly (readonly [string, readonly StorageClass[]])[] = [
  ['INT', ['integer']],
  ['INTEGER', ['integer']],
  ['REAL', ['real', 'integer']],
  ['TEXT', ['text']],
  ['BLOB', ['blob']],
  ['ANY', anyClass],
];

const name = nameArbitrary({
  isAllowed: (text) => !text.includes('\u0000') && !/^sqlite_/i.test(text),
  maxBytes: 120,
});

function columnArbitrary(
  types: readonly (readonly [string, readonly StorageClass[]])[],
  isStrict: boolean,
): fc.Arbitrary<SqliteColumnModel> {
  const typed = types.map(([type, natural]) => {
    const values = isStrict
      ? literalArbitrary(natural)
      : fc.oneof(
          { weight: 3, arbitrary: literalArbitrary(natural) },
          { weight: 1, arbitrary: literalArbitrary(anyClass) },
        );
    return fc.record({
      name,
      type: fc.constant(type),
      values: fc.array(values, { minLength: 1, maxLength: 7 }),
      isRequired: rarely(4),
      isUnique: rarely(6),
      collation: fc.constantFrom('' as const, '' as const, '' as const, 'NOCASE', 'RTRIM', 'BINARY'),
    });
  });
  return fc.oneof(...typed);
}

function rarely(oneIn: number): fc.Arbitrary<boolean> {
  return fc.nat(oneIn - 1).map((drawn) => drawn === oneIn - 1);
}

function tableArbitrary(isStrict: boolean): fc.Arbitrary<SqliteTableModel> {
  return fc.record({
    name: fc.oneof({ weight: 20, arbitrary: name }, { weight: 1, arbitrary: fc.constant('') }),
    layout: isStrict
      ? fc.constantFrom('strict' as const, 'strict without rowid')
      : fc.constantFrom('plain' as const, 'plain', 'plain', 'without rowid'),
    key: fc.constantFrom('none', 'integer', 'autoincrement', 'descending', 'one', 'two', 'all'),
    keyName: name,
    keyValues: fc.array(keyArbitrary, { minLength: 1, maxLength: 8 }),
    columns: fc.array(columnArbitrary(isStrict ? strictTypes : looseTypes, isStrict), {
      minLength: 1,
      maxLength: 5,
    }),
    generated: fc.array(
      fc.record({ name, kind: fc.constantFrom('VIRTUAL' as const, 'STORED'), form: fc.nat(5) }),
      { maxLength: 2 },
    ),
    index: fc.constantFrom('none' as const, 'none', 'plain', 'unique partial', 'expression', 'unique'),
    reference: fc.option(
      fc.record({
        to: fc.nat(3),
        action: fc.constantFrom(
          '',
          'ON DELETE CASCADE',
          'ON DELETE SET NULL',
          'DEFERRABLE INITIALLY DEFERRED',
        ),
      }),
    ),
    trigger: fc.constantFrom('none' as const, 'none', 'none', 'delete all', 'change', 'refuse', 'on delete'),
    late: fc.option(
      fc.record({ name, fallback: literalArbitrary(isStrict ? ['blob'] : ['integer', 'blob']) }),
      {
        freq: 4,
      },
    ),
    rowCount: fc.nat(14),
    counterLead: fc.constantFrom(0n, 1n, 1000n, 2n ** 53n, 2n ** 62n),
    damage: fc.constantFrom('empty', 'update', 'some', 'more'),
  });
}

const keyArbitrary = fc.oneof(
  fc.bigInt({ min: 1n, max: 40n }),
  fc.constantFrom(0n, -1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);

export const sqliteModels: fc.Arbitrary<SqliteModel> = fc.record({
  encoding: fc.constantFrom('UTF-8' as const, 'UTF-8', 'UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'),
  journal: fc.constantFrom('wal', 'delete'),
  tables: fc.array(fc.oneof({ weight: 3, arbitrary: tableArbitrary(false) }, tableArbitrary(true)), {
    minLength: 1,
    maxLength: 4,
  }),
});
