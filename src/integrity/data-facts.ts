import type { CheckSettings } from '../ports/check-settings.ts';
import type { Catalogue } from '../ports/database.ts';
import { findModel } from '../schema/find-model.ts';
import type { PrismaField, PrismaModel, PrismaSchema } from '../schema/prisma-schema.ts';
import type { SnapshotTable } from '../snapshot/header.ts';
import {
  type CellEncoding,
  type ForeignKey,
  formatTableName,
  type SequenceState,
  type TableName,
} from '../snapshot/table.ts';

/** A column, as far as database or snapshot tell of it. */
export interface KnownColumn {
  readonly name: string;
  readonly type: string;
  /** `cell`: each value has a type of its own, whatever the column's says. */
  readonly encoding: CellEncoding;
  readonly nullable: boolean;
  readonly generated: boolean;
  /** Null: not known. */
  readonly hasDefault: boolean | null;
  readonly labels: readonly string[] | null;
  /** Labels of an enumeration that the snapshot holds by their numbers. */
  readonly isNumbered: boolean;
}

/** A table that can be checked. */
export interface CheckedTable extends TableName {
  readonly model: PrismaModel | null;
  readonly columns: ReadonlyMap<string, KnownColumn>;
  readonly key: readonly string[] | null;
  /** Null: not known. */
  readonly uniques: readonly (readonly string[])[] | null;
}

/** All that the checks are made from: what is there, what the application's schema says, and what the operator wants. */
export interface DataFacts {
  readonly tables: readonly CheckedTable[];
  readonly schema: PrismaSchema | null;
  /** The database schema of models that name none. */
  readonly defaultSchema: string;
  /** Null: not known. */
  readonly foreignKeys: readonly ForeignKey[] | null;
  readonly sequences: readonly SequenceState[];
  /** Tables that were left out on purpose; nothing can be said of them. */
  readonly isPartial: boolean;
  /** The instant that the data is of. */
  readonly now: Date;
  readonly settings: CheckSettings;
}

export type SchemaFacts = Pick<DataFacts, 'schema' | 'defaultSchema'>;

/** The tables of a live database. */
export function tablesOfCatalogue(catalogue: Catalogue, facts: SchemaFacts): CheckedTable[] {
  return catalogue.tables.map(({ schema, name, columns, key, uniques }) => ({
    schema,
    name,
    model: modelFor({ schema, name }, facts),
    columns: new Map(
      columns.map((column) => [column.name, { ...column, labels: column.labels ?? null, isNumbered: false }]),
    ),
    key,
    uniques: [...(key === null ? [] : [key]), ...uniques.map((unique) => unique.columns)],
  }));
}

/** The tables of a snapshot. */
export function tablesOfSnapshot(tables: readonly SnapshotTable[], facts: SchemaFacts): CheckedTable[] {
  return tables.map(({ schema, name, columns }) => {
    const model = modelFor({ schema, name }, facts);
    return {
      schema,
      name,
      model,
      columns: new Map(
        columns.map((column) => [
          column.name,
          {
            ...column,
            hasDefault: null,
            labels: column.labels ?? null,
            isNumbered: /^enum\(/i.test(column.type) && column.encoding === 'integer',
          },
        ]),
      ),
      key: model?.primaryKey?.columns ?? null,
      uniques: null,
    };
  });
}

function modelFor(table: TableName, { schema, defaultSchema }: SchemaFacts): PrismaModel | null {
  return schema === null ? null : findModel(schema, table, defaultSchema);
}

/** The table of a model; null when the database has none. */
export function tableOfModel({ tables }: DataFacts, model: string): CheckedTable | null {
  return tables.find((table) => table.model?.name === model) ?? null;
}

/** Whether the table has all these columns. */
export function hasColumns(table: CheckedTable, columns: readonly string[]): boolean {
  return columns.length > 0 && columns.every((column) => table.columns.has(column));
}

/** The fields of a table's model that are stored as one plain value each, with their columns. */
export function storedFields(table: CheckedTable): { field: PrismaField; column: KnownColumn }[] {
  return (table.model?.fields ?? []).flatMap((field) => {
    const column = field.column === null ? undefined : table.columns.get(field.column);
    return column === undefined || field.isList || field.kind === 'unsupported' ? [] : [{ field, column }];
  });
}

/** What a person calls a column: its field. */
export function labelOf(table: CheckedTable, column: string): string {
  return table.model?.fields.find((field) => field.column === column)?.name ?? column;
}

/** What a person calls a table: its model. */
export function nameOf(table: CheckedTable): string {
  return table.model?.name ?? formatTableName(table);
}
