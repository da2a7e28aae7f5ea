import { type IdKind, type Kind, type Table, tables } from './tables.ts';

/** How one database writes the definition of a table. */
export interface SqlTypes {
  readonly quote: (name: string) => string;
  readonly types: Readonly<Record<Exclude<Kind, 'id' | 'reference'>, string>>;
  /** Of a column that the database counts, with `PRIMARY KEY`. */
  readonly countedId: string;
  readonly counted: string;
  readonly cuid: string;
  readonly tableOptions?: string;
  /** Whether a foreign key can be added to a table that is there; where not it stands in `CREATE TABLE`. */
  readonly canAddForeignKeys: boolean;
}

export interface Definition {
  readonly createTables: readonly string[];
  /** To run when the rows are in: it is quicker then. */
  readonly createIndexes: readonly string[];
}

/** The statements that Prisma's migrations would run for these tables. */
export function defineTables(sql: SqlTypes, idKind: IdKind): Definition {
  return {
    createTables: tables.map((table) => createTable(table, sql, idKind)),
    createIndexes: tables.flatMap((table) => createIndexes(table, sql)),
  };
}

const foreignKeys: Partial<Readonly<Record<Table['name'], { column: string; parent: string }>>> = {
  orders: { column: 'customerId', parent: 'customers' },
};

function createTable(table: Table, sql: SqlTypes, idKind: IdKind): string {
  const columns = table.columns.map(({ name, kind, isNullable }) => {
    const type = typeOf(kind, sql, idKind);
    return `${sql.quote(name)} ${type}${isNullable || kind === 'id' ? '' : ' NOT NULL'}`;
  });
  const inline = sql.canAddForeignKeys ? [] : foreignKeyOf(table, sql);
  return `CREATE TABLE ${sql.quote(table.name)} (\n  ${[...columns, ...inline].join(',\n  ')}\n)${sql.tableOptions ?? ''}`;
}

function typeOf(kind: Kind, sql: SqlTypes, idKind: IdKind): string {
  const isCounted = idKind === 'bigint';
  if (kind === 'id') return isCounted ? sql.countedId : `${sql.cuid} NOT NULL PRIMARY KEY`;
  if (kind === 'reference') return isCounted ? sql.counted : sql.cuid;
  return sql.types[kind];
}

function createIndexes(table: Table, sql: SqlTypes): string[] {
  const indexes = table.columns
    .filter((column) => column.isIndexed || column.isUnique)
    .map(({ name, isUnique }) => {
      const indexName = sql.quote(`${table.name}_${name}_${isUnique ? 'key' : 'idx'}`);
      return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${indexName} ON ${sql.quote(table.name)} (${sql.quote(name)})`;
    });
  const added = sql.canAddForeignKeys ? foreignKeyOf(table, sql) : [];
  return [...indexes, ...added.map((constraint) => `ALTER TABLE ${sql.quote(table.name)} ADD ${constraint}`)];
}

function foreignKeyOf(table: Table, { quote }: SqlTypes): string[] {
  const key = foreignKeys[table.name];
  if (key === undefined) return [];
  return [
    `CONSTRAINT ${quote(`${table.name}_${key.column}_fkey`)} FOREIGN KEY (${quote(key.column)}) ` +
      `REFERENCES ${quote(key.parent)} (${quote('id')}) ON UPDATE CASCADE ON DELETE RESTRICT`,
  ];
}
