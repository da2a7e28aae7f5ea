import fc from 'fast-check';
import { type MysqlType, mysqlTypes } from './mysql-values.ts';
import { nameArbitrary } from './names.ts';

export interface MysqlColumnModel {
  readonly name: string;
  readonly type: string;
  readonly key: 'whole' | 'prefix' | 'none';
  readonly isSpatial: boolean;
  /** Literals; the rows take them in turn. */
  readonly values: readonly string[];
  readonly isRequired: boolean;
  readonly isUnique: boolean;
  readonly isInvisible: boolean;
}

export interface MysqlTableModel {
  readonly name: string;
  readonly key: 'none' | 'auto' | 'auto second' | 'one' | 'two' | 'unique';
  readonly keyName: string;
  readonly idType: string;
  readonly keyValues: readonly number[];
  /** How far the counter stands beyond the highest id. */
  readonly counterLead: number;
  readonly columns: readonly MysqlColumnModel[];
  readonly generated: 'none' | 'VIRTUAL' | 'PERSISTENT';
  readonly rowFormat: '' | 'REDUNDANT' | 'COMPACT' | 'COMPRESSED';
  readonly charset: '' | 'latin1' | 'utf8mb3' | 'utf8mb4 COLLATE utf8mb4_bin';
  readonly partitions: 'none' | 'hash' | 'range';
  readonly reference: {
    readonly to: number;
    readonly form: '' | 'ON DELETE CASCADE' | 'ON DELETE SET NULL';
  } | null;
  readonly trigger: 'none' | 'change' | 'refuse' | 'on delete';
  readonly rowCount: number;
  readonly damage: 'empty' | 'update' | 'truncate' | 'more';
}

export interface MysqlModel {
  readonly tables: readonly MysqlTableModel[];
}

/** Names are stored in the three-byte form of UTF-8, and do not end in white space. */
const isAllowed = (text: string): boolean =>
  /^[\u0001-\ud7ff\ue000-\uffff]+$/.test(text) && !/[\x09-\x0d ]$/.test(text);
const columnName = nameArbitrary({ isAllowed, maxBytes: 64 });
/** A table is a file, in whose name each unusual character takes five. */
const tableName = nameArbitrary({ isAllowed, maxBytes: 40 });

function columnArbitrary({
  type,
  values,
  key,
  isSpatial = false,
}: MysqlType): fc.Arbitrary<MysqlColumnModel> {
  return fc.record({
    name: columnName,
    type: fc.constant(type),
    key: fc.constant(key ?? ('none' as const)),
    isSpatial: fc.constant(isSpatial),
    values: fc.array(
      fc.oneof({ weight: 1, arbitrary: fc.constant('NULL') }, { weight: 5, arbitrary: values }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
    isRequired: rarely(4),
    isUnique: rarely(8),
    isInvisible: rarely(10),
  });
}

function rarely(oneIn: number): fc.Arbitrary<boolean> {
  return fc.nat(oneIn - 1).map((drawn) => drawn === oneIn - 1);
}

const tableArbitrary: fc.Arbitrary<MysqlTableModel> = fc.record({
  name: tableName,
  key: fc.constantFrom('none', 'auto', 'auto', 'auto second', 'one', 'two', 'unique'),
  keyName: columnName,
  idType: fc.constantFrom(
    'int',
    'bigint',
    'bigint unsigned',
    'smallint',
    'int unsigned',
    'int(10) unsigned zerofill',
  ),
  keyValues: fc.uniqueArray(fc.integer({ min: -20, max: 100 }), { minLength: 12, maxLength: 12 }),
  counterLead: fc.constantFrom(0, 1, 1000, 30000),
  columns: fc.array(fc.oneof(...mysqlTypes.map(columnArbitrary)), { minLength: 1, maxLength: 6 }),
  generated: fc.constantFrom('none', 'none', 'VIRTUAL', 'PERSISTENT'),
  rowFormat: fc.constantFrom('' as const, '', '', 'REDUNDANT', 'COMPACT', 'COMPRESSED'),
  charset: fc.constantFrom('' as const, '', '', 'latin1', 'utf8mb3', 'utf8mb4 COLLATE utf8mb4_bin'),
  partitions: fc.constantFrom('none' as const, 'none', 'none', 'hash', 'range'),
  reference: fc.option(
    fc.record({
      to: fc.nat(3),
      form: fc.constantFrom('' as const, 'ON DELETE CASCADE', 'ON DELETE SET NULL'),
    }),
  ),
  trigger: fc.constantFrom('none' as const, 'none', 'none', 'none', 'change', 'refuse', 'on delete'),
  rowCount: fc.nat(12),
  damage: fc.constantFrom('empty', 'update', 'truncate', 'more'),
});

export const mysqlModels: fc.Arbitrary<MysqlModel> = fc.record({
  tables: fc.array(tableArbitrary, { minLength: 1, maxLength: 3 }),
});
