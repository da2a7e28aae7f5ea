import type { TableName } from '../snapshot/table.ts';
import type { ManyToManyTable, PrismaModel, PrismaSchema } from './prisma-schema.ts';

/** What a table of the database is called in the schema. A model without `@@schema` lies in `defaultSchema`. */
export function findModel(
  schema: PrismaSchema,
  table: TableName,
  defaultSchema = 'public',
): PrismaModel | null {
  const isTable = (model: PrismaModel): boolean => isTableOf(model.table, table, defaultSchema);
  return schema.models.find(isTable) ?? findInOtherCase(schema, table);
}

/**
 * Servers without schemas may keep table names in lower case, whatever the migration said. Two models that differ in
 * case only are then not told apart, so neither is named.
 */
function findInOtherCase(schema: PrismaSchema, table: TableName): PrismaModel | null {
  if (table.schema !== null) return null;
  const wanted = table.name.toLowerCase();
  const found = schema.models.filter((model) => model.table.name.toLowerCase() === wanted);
  return found.length === 1 ? found[0]! : null;
}

/** The implicit many-to-many relation that a table of the database holds. */
export function findManyToMany(
  schema: PrismaSchema,
  table: TableName,
  defaultSchema = 'public',
): ManyToManyTable | null {
  return schema.manyToMany.find((entry) => isTableOf(entry.table, table, defaultSchema)) ?? null;
}

/**
 * The model that a person means by a name: a model's name, a table's name, or `schema.table`. Null when there is none
 * or more than one; the name may still be that of a table which the schema does not know.
 */
export function modelForName(schema: PrismaSchema, name: string): PrismaModel | null {
  const spellings: readonly ((model: PrismaModel) => string)[] = [
    (model) => model.name,
    (model) => model.table.name,
    (model) => `${model.table.schema ?? ''}.${model.table.name}`,
  ];
  for (const fold of [(text: string) => text, (text: string) => text.toLowerCase()]) {
    for (const spelling of spellings) {
      const found = schema.models.filter((model) => fold(spelling(model)) === fold(name));
      if (found.length > 0) return found.length === 1 ? found[0]! : null;
    }
  }
  return null;
}

function isTableOf(declared: TableName, table: TableName, defaultSchema: string): boolean {
  if (declared.name !== table.name) return false;
  return table.schema === null || (declared.schema ?? defaultSchema) === table.schema;
}
