import type { Severity } from '../../ports/check-settings.ts';
import { findManyToMany } from '../../schema/find-model.ts';
import type { PrismaField, PrismaModel, PrismaSchema } from '../../schema/prisma-schema.ts';
import { isSameTable } from '../../snapshot/table.ts';
import { type FoundFault, type Place, placeOf, spell } from '../check.ts';
import { type CheckedTable, type DataFacts, type KnownColumn, nameOf, tableOfModel } from '../data-facts.ts';
import { typesFit } from './column-types.ts';

const hint = 'Compare with `npx prisma migrate status` and `npx prisma migrate diff`';

/** Where the database is not what the Prisma schema says. */
export function findDrift(facts: DataFacts): FoundFault[] {
  const { schema } = facts;
  if (schema === null) return [];
  const missing = facts.isPartial ? [] : findMissingTables(facts, schema);
  return [
    ...missing,
    ...facts.tables.flatMap((table) =>
      table.model === null
        ? findUnknownTable(table, facts, schema)
        : [...findColumnDrift(table, schema), ...findUnknownColumns(table), ...findMissingUniques(table)],
    ),
    ...findMissingKeys(facts, schema),
  ];
}

function findMissingTables(facts: DataFacts, schema: PrismaSchema): FoundFault[] {
  return schema.models
    .filter((model) => !model.isView && tableOfModel(facts, model.name) === null)
    .map((model) => {
      const place = { model: model.name, table: model.table, fields: [] };
      return drift('error', place, `The database has no table ${model.table.name} for model ${model.name}`);
    });
}

/** Prisma itself keeps the tables of many-to-many relations beside those of the models. */
function findUnknownTable(
  table: CheckedTable,
  { defaultSchema }: DataFacts,
  schema: PrismaSchema,
): FoundFault[] {
  if (findManyToMany(schema, table, defaultSchema) !== null) return [];
  return [drift('warning', placeOf(table, []), `No model of the schema stands for table ${nameOf(table)}`)];
}

function findColumnDrift(table: CheckedTable, schema: PrismaSchema): FoundFault[] {
  const { name, fields } = table.model!;
  return fields.flatMap((field) => {
    if (field.column === null) return [];
    const column = table.columns.get(field.column);
    const place = { ...placeOf(table, []), fields: [field.name] };
    const where = `${name}.${field.name}`;
    if (column === undefined) {
      return drift('error', place, `Table ${table.name} has no column ${field.column} for ${where}`);
    }
    return [
      ...(isLooser(field, column)
        ? [drift('warning', place, `${where} is required, and its column allows NULL`)]
        : []),
      ...(isStricter(field, column)
        ? [drift('warning', place, `${where} is optional, and its column does not allow NULL`)]
        : []),
      ...(typesFit(field, column)
        ? []
        : [drift('error', place, `${where} is ${field.type}, and its column is ${column.type}`)]),
      ...findLabelDrift(field, column, { place, schema }),
    ];
  });
}

/** The key of a table may be nullable in name only, and lists are never required. */
function isLooser(field: PrismaField, column: KnownColumn): boolean {
  return field.isRequired && !field.isList && !field.isId && column.nullable && !column.generated;
}

function isStricter(field: PrismaField, column: KnownColumn): boolean {
  return !field.isRequired && !field.isList && !column.nullable && column.hasDefault === false;
}

function findLabelDrift(
  field: PrismaField,
  column: KnownColumn,
  { place, schema }: { readonly place: Place; readonly schema: PrismaSchema },
): FoundFault[] {
  const known = field.kind === 'enum' ? schema.enums.find(({ name }) => name === field.type) : undefined;
  if (known === undefined || column.labels === null) return [];
  const labels = new Set(known.values.map(({ label }) => label));
  const stored = new Set(column.labels);
  const lacking = [...labels].filter((label) => !stored.has(label));
  const strange = [...stored].filter((label) => !labels.has(label));
  const where = spell(place.model!, place.fields);
  return [
    ...(lacking.length === 0
      ? []
      : [drift('error', place, `The type of ${where} in the database lacks ${lacking.join(', ')}`)]),
    ...(strange.length === 0
      ? []
      : [drift('warning', place, `The type of ${where} in the database also has ${strange.join(', ')}`)]),
  ];
}

function findUnknownColumns(table: CheckedTable): FoundFault[] {
  const known = new Set(table.model!.fields.map(({ column }) => column));
  return [...table.columns.values()]
    .filter((column) => !known.has(column.name))
    .map((column) => {
      const isInTheWay = !column.nullable && column.hasDefault === false;
      const place = placeOf(table, [column.name]);
      return isInTheWay
        ? drift('error', place, `Column ${column.name} of ${table.name} needs a value that no field gives it`)
        : drift('warning', place, `No field of ${nameOf(table)} stands for column ${column.name}`);
    });
}

function findMissingUniques(table: CheckedTable): FoundFault[] {
  const { uniques } = table;
  if (uniques === null) return [];
  const spellings = new Set(uniques.map(spellColumns));
  const { primaryKey, uniques: declared } = table.model!;
  return [...(primaryKey === null ? [] : [primaryKey]), ...declared]
    .filter(({ columns }) => columns.every((column) => table.columns.has(column)))
    .filter(({ columns }) => !spellings.has(spellColumns(columns)))
    .map(({ fields, columns }) =>
      drift(
        'warning',
        placeOf(table, columns),
        `The database does not keep ${spell(nameOf(table), fields)} unique`,
      ),
    );
}

function spellColumns(columns: readonly string[]): string {
  return [...columns].sort().join('\0');
}

/** Foreign keys that the schema declares and the database lacks; with `relationMode = "prisma"` there are none. */
function findMissingKeys(facts: DataFacts, schema: PrismaSchema): FoundFault[] {
  const { foreignKeys } = facts;
  if (foreignKeys === null || schema.datasource?.relationMode === 'prisma') return [];
  return schema.relations.flatMap((relation) => {
    const child = tableOfModel(facts, relation.model);
    const parent = tableOfModel(facts, relation.parentModel);
    if (child === null || parent === null || isView(schema, relation.model)) return [];
    const isThere = foreignKeys.some(
      (key) =>
        isSameTable(key.table, child) &&
        isSameTable(key.parent, parent) &&
        spellColumns(key.columns) === spellColumns(relation.columns),
    );
    if (isThere) return [];
    const place = { ...placeOf(child, []), fields: relation.fields };
    return drift(
      'warning',
      place,
      `The database has no foreign key for ${spell(relation.model, relation.fields)}`,
    );
  });
}

function isView({ models }: PrismaSchema, name: string): boolean {
  return models.some((model: PrismaModel) => model.name === name && model.isView);
}

function drift(severity: Severity, place: Place, message: string): FoundFault {
  return { ...place, name: 'schema-drift', severity, count: 1, samples: [], message, hint };
}
