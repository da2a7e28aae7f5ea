import type { Provider } from '../../src/snapshot/table.ts';
import { type Column, type IdKind, type Kind, type Table, tables } from './tables.ts';

/** How Prisma writes the types of one database. */
export interface PrismaTypes {
  readonly provider: Provider;
  /** The scalar of a counted id; on SQLite only `Int` counts. */
  readonly countedId: 'BigInt' | 'Int';
  /** The attribute that names the database's own type, where the default is not it. */
  readonly attributes: Partial<Readonly<Record<Kind, string>>>;
}

const scalars: Readonly<Record<Exclude<Kind, 'id' | 'reference'>, string>> = {
  uuid: 'String',
  text: 'String',
  key: 'String',
  decimal: 'Decimal',
  int: 'Int',
  bigint: 'BigInt',
  double: 'Float',
  json: 'Json',
  timestamp: 'DateTime',
  boolean: 'Boolean',
  bytes: 'Bytes',
};

const relations: Readonly<Record<Table['name'], readonly string[]>> = {
  customers: ['orders Order[]'],
  orders: ['customer Customer @relation(fields: [customerId], references: [id])'],
  documents: [],
};

/** The schema.prisma of an application with these tables. */
export function formatPrismaSchema(types: PrismaTypes, idKind: IdKind): string {
  const models = tables.map((table) => {
    const fields = table.columns.map((column) => formatField(column, types, idKind));
    const indexes = table.columns
      .filter((column) => column.isIndexed)
      .map(({ name }) => `@@index([${name}])`);
    const lines = [...fields, ...relations[table.name], ...indexes, `@@map("${table.name}")`];
    return `model ${table.model} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
  });
  return [
    'generator client {\n  provider = "prisma-client-js"\n  output   = "./client"\n}\n',
    `datasource db {\n  provider = "${types.provider}"\n}\n`,
    ...models,
  ].join('\n');
}

function formatField(column: Column, types: PrismaTypes, idKind: IdKind): string {
  const { name, kind } = column;
  const id = idKind === 'cuid' ? 'String' : types.countedId;
  if (kind === 'id') return `id ${id} @id @default(${idKind === 'cuid' ? 'cuid' : 'autoincrement'}())`;
  const scalar = kind === 'reference' ? id : scalars[kind];
  const attributes = [column.isUnique ? '@unique' : '', types.attributes[kind] ?? ''].filter(Boolean);
  return [name, `${scalar}${column.isNullable ? '?' : ''}`, ...attributes].join(' ');
}
