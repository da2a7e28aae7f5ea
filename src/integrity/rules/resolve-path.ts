import type { Expression, Link } from '../../ports/check-query.ts';
import type { PrismaEnum, PrismaField, PrismaModel, PrismaSchema } from '../../schema/prisma-schema.ts';
import type { TableName } from '../../snapshot/table.ts';
import { type CheckedTable, type DataFacts, hasColumns, tableOfModel } from '../data-facts.ts';
import { kindOfField } from '../value-kind.ts';
import { RuleFault, unknownName } from './rule-error.ts';
import type { Name } from './rule-tree.ts';

/** A field at the end of a path, as seen from the row where the path begins. */
export interface ResolvedField {
  readonly expression: Expression;
  readonly field: PrismaField;
  readonly enumeration: PrismaEnum | null;
}

/** A model whose fields can be named, with its table. */
export interface RuleScope {
  readonly facts: DataFacts;
  readonly schema: PrismaSchema;
  readonly model: PrismaModel;
  readonly table: CheckedTable;
}

/** A list of other rows: the link to them, and what a value of such a row is, seen from the row that is linked to. */
export interface ResolvedList {
  readonly scope: RuleScope;
  readonly link: Link;
  readonly seenFrom: (value: Expression) => Expression;
}

/** @throws RuleFault where a table or a column is missing */
export function openScope(facts: DataFacts, schema: PrismaSchema, { name, at }: Name): RuleScope {
  const model = schema.models.find((candidate) => candidate.name === name);
  const known = schema.models.map((candidate) => candidate.name);
  if (model === undefined) throw unknownName('there is no model', { name, at }, known);
  const table = tableOfModel(facts, name);
  if (table === null) {
    throw new RuleFault(`there is no table ${model.table.name} of model ${name}`, at, at + name.length);
  }
  return { facts, schema, model, table };
}

/** Follows relations to single rows, and ends at a field. */
export function resolveField(scope: RuleScope, names: readonly Name[]): ResolvedField {
  const [first, ...rest] = names;
  const field = findField(scope, first!);
  if (rest.length === 0) {
    if (field.kind === 'object') throw notAValue(scope, first!, field);
    if (field.isList) throw new RuleFault(`'${first!.name}' is a list`, first!.at, first!.end);
    return { ...leafOf(scope, field, first!) };
  }
  if (field.kind !== 'object') {
    throw new RuleFault(
      `'${first!.name}' is a field and has no fields of its own`,
      rest[0]!.at,
      rest[0]!.end,
    );
  }
  if (field.isList) {
    const message = `'${first!.name}' leads to many rows; name it inside sum(…), count(…), min(…) or max(…)`;
    throw new RuleFault(message, first!.at, first!.end);
  }
  const { link, scope: parent } = followLink(scope, field, first!);
  const end = resolveField(parent, rest);
  return { ...end, expression: { is: 'parent', link, value: end.expression } };
}

/** The rows behind the first name, which has to be a list. */
export function resolveList(scope: RuleScope, name: Name): ResolvedList {
  const field = findField(scope, name);
  if (field.kind !== 'object' || !field.isList) {
    const lists = scope.model.fields.filter((one) => one.kind === 'object' && one.isList);
    throw new RuleFault(
      `'${name.name}' is no list of rows; lists of ${scope.model.name} are ${lists.map((one) => one.name).join(', ') || 'none'}`,
      name.at,
      name.end,
    );
  }
  return (
    followManyToMany(scope, field, name) ?? { ...followLink(scope, field, name), seenFrom: (value) => value }
  );
}

function findField({ model }: RuleScope, { name, at }: Name): PrismaField {
  const field = model.fields.find((candidate) => candidate.name === name);
  const known = model.fields.map((candidate) => candidate.name);
  if (field === undefined) throw unknownName(`${model.name} has no field`, { name, at }, known);
  return field;
}

function notAValue({ schema }: RuleScope, name: Name, field: PrismaField): RuleFault {
  const other = schema.models.find((model) => model.name === field.type);
  const example = other?.fields.find((one) => one.kind === 'scalar')?.name ?? 'field';
  return new RuleFault(
    `'${name.name}' is a relation, name a field of it: ${name.name}.${example}`,
    name.at,
    name.end,
  );
}

function leafOf({ table, schema, model }: RuleScope, field: PrismaField, { at, end }: Name): ResolvedField {
  if (field.column === null || !table.columns.has(field.column)) {
    throw new RuleFault(`the table of ${model.name} has no column for '${field.name}'`, at, end);
  }
  const enumeration =
    field.kind === 'enum' ? schema.enums.find(({ name }) => name === field.type) : undefined;
  return {
    expression: { is: 'column', column: field.column, kind: kindOfField(field) },
    field,
    enumeration: enumeration ?? null,
  };
}

/** From this model to the rows of another one, over the key that either of them holds. */
function followLink(
  scope: RuleScope,
  field: PrismaField,
  name: Name,
): { readonly link: Link; readonly scope: RuleScope } {
  const { facts, schema, model, table } = scope;
  const holdsKey = field.relation?.holdsKey === true;
  const relation = schema.relations.find(
    (one) =>
      one.name === field.relation?.name &&
      (holdsKey ? one.model : one.parentModel) === model.name &&
      (holdsKey ? one.parentModel : one.model) === field.type,
  );
  if (relation === undefined)
    throw new RuleFault(`the relation '${name.name}' has no key`, name.at, name.end);
  const other = openScope(facts, schema, { ...name, name: field.type });
  const [columns, theirColumns] = holdsKey
    ? [relation.columns, relation.parentColumns]
    : [relation.parentColumns, relation.columns];
  if (!hasColumns(table, columns) || !hasColumns(other.table, theirColumns)) {
    throw new RuleFault(`the columns of the relation '${name.name}' are not there`, name.at, name.end);
  }
  return { link: { table: plain(other.table), columns, theirColumns }, scope: other };
}

/** Null for a relation whose key the other model holds. */
function followManyToMany(scope: RuleScope, field: PrismaField, name: Name): ResolvedList | null {
  const { facts, schema, model } = scope;
  const found = schema.manyToMany.find(
    (one) =>
      one.name === field.relation?.name &&
      [one.a.model, one.b.model].includes(model.name) &&
      [one.a.model, one.b.model].includes(field.type),
  );
  if (found === undefined) return null;
  if (found.a.model === found.b.model) {
    throw new RuleFault(
      `'${name.name}' joins ${model.name} with itself, which rules cannot follow`,
      name.at,
      name.end,
    );
  }
  const [ours, theirs] = found.a.model === model.name ? [found.a, found.b] : [found.b, found.a];
  const joint = facts.tables.find((table) => table.name === found.table.name);
  if (joint === undefined) throw new RuleFault(`there is no table ${found.table.name}`, name.at, name.end);
  const other = openScope(facts, schema, { ...name, name: field.type });
  const link: Link = { table: plain(joint), columns: ours.parentColumns, theirColumns: [ours.column] };
  const onward: Link = {
    table: plain(other.table),
    columns: [theirs.column],
    theirColumns: theirs.parentColumns,
  };
  return { scope: other, link, seenFrom: (value) => ({ is: 'parent', link: onward, value }) };
}

function plain({ schema, name }: CheckedTable): TableName {
  return { schema, name };
}
