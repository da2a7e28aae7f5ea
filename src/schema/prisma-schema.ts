import type { Provider, TableName } from '../snapshot/table.ts';

/** A file of the application's schema. `path` is for messages and may be relative. */
export interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

/** Where an address stands: in an environment variable, or in the schema itself (then it may hold a password). */
export type UrlSource = { readonly env: string } | { readonly literal: string };

export interface Datasource {
  /** As it is written: `postgresql`, `cockroachdb` …; null when it is not a plain string. */
  readonly provider: string | null;
  readonly url: UrlSource | null;
  readonly directUrl: UrlSource | null;
  /** `prisma`: the database holds no foreign keys, the relations of the schema take their place. */
  readonly relationMode: 'foreignKeys' | 'prisma';
  /** The database schemas that the application declares; empty where it declares none. */
  readonly schemas: readonly string[];
  /** The file that holds the block: relative addresses of Prisma 6 and older start from its folder. */
  readonly path: string;
}

export interface PrismaField {
  readonly name: string;
  /** The column's name in the database; null for the object side of a relation, which has none. */
  readonly column: string | null;
  /** A scalar type, the name of an enum or a model, or the text inside `Unsupported("…")`. */
  readonly type: string;
  readonly kind: 'scalar' | 'enum' | 'object' | 'unsupported';
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly isId: boolean;
  readonly isUnique: boolean;
  readonly isUpdatedAt: boolean;
  /** The database or Prisma fills it with the time of the insert. */
  readonly defaultNow: boolean;
  /** A row that says nothing else holds an empty text. */
  readonly defaultEmpty: boolean;
  readonly isIgnored: boolean;
  /** Of the side of a relation: its name, and whether the key stands in this model's columns. Null for all others. */
  readonly relation: { readonly name: string; readonly holdsKey: boolean } | null;
  /** `VarChar(200)` for `@db.VarChar(200)`. */
  readonly nativeType: string | null;
}

/** Some fields of one model, and their columns in the same order. */
export interface FieldList {
  readonly fields: readonly string[];
  readonly columns: readonly string[];
}

export interface PrismaModel {
  readonly name: string;
  /** `schema` is null where the model names none: then it is in the connection's default schema. */
  readonly table: TableName;
  /** In the order of the file, with those that Prisma Client leaves out (`@ignore`, `Unsupported`). */
  readonly fields: readonly PrismaField[];
  readonly primaryKey: FieldList | null;
  readonly uniques: readonly FieldList[];
  readonly isIgnored: boolean;
  readonly isView: boolean;
}

/** A relation whose child holds the key, as a foreign key would state it. */
export interface PrismaRelation {
  readonly name: string;
  readonly model: string;
  readonly table: TableName;
  readonly fields: readonly string[];
  readonly columns: readonly string[];
  readonly parentModel: string;
  readonly parentTable: TableName;
  readonly parentFields: readonly string[];
  readonly parentColumns: readonly string[];
}

/** One side of an implicit many-to-many table: its column and the row that the column points to. */
export interface ManyToManySide {
  readonly column: 'A' | 'B';
  readonly model: string;
  readonly table: TableName;
  readonly parentColumns: readonly string[];
}

/** A table that Prisma keeps without a model: `_CategoryToPost` with the columns `A` and `B`. */
export interface ManyToManyTable {
  readonly name: string;
  readonly table: TableName;
  readonly a: ManyToManySide;
  readonly b: ManyToManySide;
}

export interface PrismaEnum {
  readonly name: string;
  readonly databaseName: string;
  readonly schema: string | null;
  /** `label` is what the database stores. */
  readonly values: readonly { readonly name: string; readonly label: string }[];
}

/** What the application's Prisma schema says of its database. */
export interface PrismaSchema {
  readonly datasource: Datasource | null;
  readonly models: readonly PrismaModel[];
  readonly relations: readonly PrismaRelation[];
  readonly manyToMany: readonly ManyToManyTable[];
  readonly enums: readonly PrismaEnum[];
  /** Sentences for the operator, without secrets. */
  readonly warnings: readonly string[];
}

/** The provider names of schemas that mean an engine Holdfast reads; every other one is not supported. */
export const supportedProviders: ReadonlyMap<string, Provider> = new Map([
  ['sqlite', 'sqlite'],
  ['postgresql', 'postgresql'],
  ['postgres', 'postgresql'],
  ['mysql', 'mysql'],
]);
