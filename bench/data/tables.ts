import type { Random } from './random.ts';
import type { Samples } from './samples.ts';

/** What a column holds; every database has its own type for it. */
export type Kind =
  | 'id'
  | 'reference'
  | 'uuid'
  | 'text'
  | 'key'
  | 'decimal'
  | 'int'
  | 'bigint'
  | 'double'
  | 'json'
  | 'timestamp'
  | 'boolean'
  | 'bytes';

/** Decimals are text, timestamps milliseconds since 1970, JSON is text. */
export type Value = string | number | boolean | Buffer | null;

export interface RowSource {
  readonly random: Random;
  readonly samples: Samples;
  /** From 1. */
  readonly number: number;
  /** The id of the row with this number in another table. */
  readonly idOf: (table: TableName, number: number) => Value;
  /** How many rows each table has. */
  readonly sizes: Sizes;
}

export interface Column {
  readonly name: string;
  readonly kind: Kind;
  readonly isNullable?: true;
  readonly isUnique?: true;
  readonly isIndexed?: true;
  readonly make: (source: RowSource) => Value;
}

export type TableName = 'customers' | 'orders' | 'documents';
export type Sizes = Readonly<Record<TableName, number>>;

export interface Table {
  readonly name: TableName;
  readonly model: string;
  readonly columns: readonly Column[];
}

/** How ids are made: counted by the database, or made by Prisma's `cuid()`. */
export type IdKind = 'bigint' | 'cuid';

/** A database of this many orders: ten orders to a customer, and a document to every twenty. */
export function sizesOf(orders: number): Sizes {
  return {
    customers: Math.max(1, Math.round(orders / 10)),
    orders,
    documents: Math.max(1, Math.round(orders / 20)),
  };
}

const firstDay = Date.UTC(2024, 0, 1);
const day = 86_400_000;

const timestamp = ({ random }: RowSource): number => firstDay + random.below(700) * day + random.below(day);
const decimal = ({ random }: RowSource): string =>
  `${random.below(90_000)}.${String(random.below(100)).padStart(2, '0')}`;

const customers: Table = {
  name: 'customers',
  model: 'Customer',
  columns: [
    { name: 'id', kind: 'id', make: ({ idOf, number }) => idOf('customers', number) },
    { name: 'email', kind: 'key', isUnique: true, make: ({ number }) => `customer${number}@example.com` },
    { name: 'name', kind: 'text', make: ({ samples }) => samples.name() },
    { name: 'created', kind: 'timestamp', make: timestamp },
  ],
};

const statuses = ['PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED'];

const orders: Table = {
  name: 'orders',
  model: 'Order',
  columns: [
    { name: 'id', kind: 'id', make: ({ idOf, number }) => idOf('orders', number) },
    { name: 'uuid', kind: 'uuid', make: ({ samples }) => samples.uuid() },
    {
      name: 'customerId',
      kind: 'reference',
      isIndexed: true,
      make: ({ idOf, random, sizes }) => idOf('customers', 1 + random.below(sizes.customers)),
    },
    { name: 'status', kind: 'text', make: ({ random }) => statuses[random.below(statuses.length)]! },
    { name: 'total', kind: 'decimal', make: decimal },
    { name: 'quantity', kind: 'int', make: ({ random }) => 1 + random.below(40) },
    {
      name: 'note',
      kind: 'text',
      isNullable: true,
      make: ({ random, samples }) => (random.chance(0.6) ? null : samples.note()),
    },
    { name: 'details', kind: 'json', make: ({ samples, number }) => samples.json(number) },
    // Orders come in the order of time, as in an application.
    {
      name: 'placed',
      kind: 'timestamp',
      isIndexed: true,
      make: ({ random, number }) => firstDay + number * 1_500 + random.below(1_500),
    },
    { name: 'isPaid', kind: 'boolean', make: ({ random }) => random.chance(0.7) },
  ],
};

const magnitudes = [1e-15, 1e-12, 1e-10, 1e-6, 1, 1e3, 1e9];

/** What a wide row is made of, and how often. */
const wideColumns: readonly { kind: Kind; count: number; isNullable?: true; make: Column['make'] }[] = [
  { kind: 'text', count: 8, make: ({ samples }) => samples.name() },
  {
    kind: 'text',
    count: 3,
    isNullable: true,
    make: ({ random, samples }) => (random.chance(0.3) ? null : samples.longText()),
  },
  {
    kind: 'int',
    count: 6,
    isNullable: true,
    make: ({ random }) => (random.chance(0.2) ? null : random.next() - 2 ** 31),
  },
  { kind: 'bigint', count: 2, make: ({ random }) => random.next() * 2 ** 20 + random.below(2 ** 20) },
  {
    kind: 'double',
    count: 4,
    make: ({ random }) => random.next() * magnitudes[random.below(magnitudes.length)]!,
  },
  { kind: 'decimal', count: 3, make: decimal },
  { kind: 'boolean', count: 5, make: ({ random }) => random.chance(0.5) },
  {
    kind: 'timestamp',
    count: 4,
    isNullable: true,
    make: (source) => (source.random.chance(0.2) ? null : timestamp(source)),
  },
  { kind: 'json', count: 2, make: ({ samples, number }) => samples.json(number) },
  {
    kind: 'bytes',
    count: 2,
    isNullable: true,
    make: ({ random, samples }) => (random.chance(0.3) ? null : samples.bytes()),
  },
];

const documents: Table = {
  name: 'documents',
  model: 'Document',
  columns: [
    { name: 'id', kind: 'id', make: ({ idOf, number }) => idOf('documents', number) },
    ...wideColumns.flatMap(({ kind, count, isNullable, make }) =>
      Array.from({ length: count }, (_, index): Column => {
        const name = `${isNullable ? 'maybe' : 'some'}${kind[0]!.toUpperCase()}${kind.slice(1)}${index + 1}`;
        return { name, kind, make, ...(isNullable ? { isNullable } : {}) };
      }),
    ),
  ],
};

/** Parents first. */
export const tables: readonly Table[] = [customers, orders, documents];
