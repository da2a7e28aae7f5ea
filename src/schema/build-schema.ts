import type { TableName } from '../snapshot/table.ts';
import type { Datamodel, DatamodelField, DatamodelModel } from './datamodel.ts';
import type {
  FieldList,
  ManyToManySide,
  ManyToManyTable,
  PrismaEnum,
  PrismaField,
  PrismaModel,
  PrismaRelation,
} from './prisma-schema.ts';

/** Turns the parser's shape into names of tables and columns. */
export function buildModels(datamodel: Datamodel): readonly PrismaModel[] {
  return datamodel.models.map((model) => ({
    name: model.name,
    table: tableOf(model),
    fields: model.fields.map(buildField),
    primaryKey: buildPrimaryKey(model),
    uniques: buildUniques(model),
    isIgnored: model.isIgnored === true,
    isView: model.isView === true,
  }));
}

export function buildEnums(datamodel: Datamodel): readonly PrismaEnum[] {
  return datamodel.enums.map(({ name, dbName, schema, values }) => ({
    name,
    databaseName: dbName ?? name,
    schema: schema ?? null,
    values: values.map((value) => ({ name: value.name, label: value.dbName ?? value.name })),
  }));
}

/** The relations whose key stands in a model's own columns. */
export function buildRelations(datamodel: Datamodel): readonly PrismaRelation[] {
  const models = new Map(datamodel.models.map((model) => [model.name, model]));
  return datamodel.models.flatMap((model) =>
    model.fields.flatMap((field) => {
      const parent = models.get(field.type);
      const fields = field.relationFromFields ?? [];
      if (parent === undefined || fields.length === 0) return [];
      const parentFields = field.relationToFields ?? [];
      return {
        name: field.relationName ?? field.name,
        model: model.name,
        table: tableOf(model),
        ...fieldList(model, fields),
        parentModel: parent.name,
        parentTable: tableOf(parent),
        parentFields,
        parentColumns: fieldList(parent, parentFields).columns,
      };
    }),
  );
}

/**
 * The tables behind lists on both sides. By Prisma's rule the table is `_` and the relation's name, `A` points to
 * the model that comes first by name, and the table lies in the schema of that model.
 */
export function buildManyToMany(datamodel: Datamodel): readonly ManyToManyTable[] {
  const models = new Map(datamodel.models.map((model) => [model.name, model]));
  const tables = new Map<string, ManyToManyTable>();
  for (const model of datamodel.models) {
    for (const field of model.fields) {
      const other = models.get(field.type);
      if (other === undefined || !isListSide(field) || !hasListOpposite(model, field, other)) continue;
      const [a, b] = model.name <= other.name ? [model, other] : [other, model];
      const name = field.relationName ?? `${a.name}To${b.name}`;
      tables.set(JSON.stringify([name, a.name, b.name]), {
        name,
        table: { schema: a.schema ?? null, name: `_${name}` },
        a: buildSide('A', a),
        b: buildSide('B', b),
      });
    }
  }
  return [...tables.values()];
}

function isListSide(field: DatamodelField): boolean {
  return field.kind === 'object' && field.isList && (field.relationFromFields ?? []).length === 0;
}

function hasListOpposite(model: DatamodelModel, field: DatamodelField, other: DatamodelModel): boolean {
  return other.fields.some(
    (candidate) =>
      candidate !== field &&
      candidate.type === model.name &&
      candidate.relationName === field.relationName &&
      isListSide(candidate),
  );
}

function buildSide(column: 'A' | 'B', model: DatamodelModel): ManyToManySide {
  return {
    column,
    model: model.name,
    table: tableOf(model),
    parentColumns: buildPrimaryKey(model)?.columns ?? [],
  };
}

/** Each unique index once: the parser names one over a single field twice, at the field and at the model. */
function buildUniques(model: DatamodelModel): readonly FieldList[] {
  const single = model.fields.filter(({ isUnique }) => isUnique).map(({ name }) => [name]);
  const lists = new Map([...single, ...model.uniqueFields].map((names) => [names.join(' '), names]));
  return [...lists.values()].map((names) => fieldList(model, names));
}

function buildPrimaryKey(model: DatamodelModel): FieldList | null {
  const ids = model.primaryKey?.fields ?? model.fields.filter(({ isId }) => isId).map(({ name }) => name);
  return ids.length === 0 ? null : fieldList(model, ids);
}

function buildField(field: DatamodelField): PrismaField {
  return {
    name: field.name,
    column: field.kind === 'object' ? null : (field.dbName ?? field.name),
    type: field.type,
    kind: field.kind,
    isList: field.isList,
    isRequired: field.isRequired,
    isId: field.isId,
    isUnique: field.isUnique,
    isUpdatedAt: field.isUpdatedAt === true,
    defaultNow: isNow(field.default),
    defaultEmpty: field.default === '' || field.default === '""',
    isIgnored: field.isIgnored === true,
    relation: field.kind === 'object' ? relationSide(field) : null,
    nativeType: formatNativeType(field.nativeType),
  };
}

function relationSide(field: DatamodelField): PrismaField['relation'] {
  return { name: field.relationName ?? field.name, holdsKey: (field.relationFromFields ?? []).length > 0 };
}

function isNow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const call = value as { readonly name?: unknown; readonly args?: readonly unknown[] };
  if (call.name === 'now') return true;
  const text = call.name === 'dbgenerated' ? call.args?.[0] : undefined;
  return typeof text === 'string' && /^(now\(\)|current_timestamp(\(\d*\))?)$/i.test(text.trim());
}

function formatNativeType(nativeType: DatamodelField['nativeType']): string | null {
  if (nativeType === null || nativeType === undefined) return null;
  const [name, parameters] = nativeType;
  return parameters.length === 0 ? name : `${name}(${parameters.join(', ')})`;
}

function fieldList(model: DatamodelModel, names: readonly string[]): FieldList {
  const columns = new Map(model.fields.map((field) => [field.name, field.dbName ?? field.name]));
  return { fields: names, columns: names.map((name) => columns.get(name) ?? name) };
}

function tableOf(model: DatamodelModel): TableName {
  return { schema: model.schema ?? null, name: model.dbName ?? model.name };
}
