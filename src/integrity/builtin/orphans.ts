import { findManyToMany } from '../../schema/find-model.ts';
import { isSameTable, tableId } from '../../snapshot/table.ts';
import { countOf } from '../../util/bytes.ts';
import { type Check, placeOf, rowsWhere, spell } from '../check.ts';
import { type CheckedTable, type DataFacts, hasColumns, nameOf, tableOfModel } from '../data-facts.ts';

/** A key in some table, and what it points at. */
interface Reference {
  readonly child: CheckedTable;
  readonly columns: readonly string[];
  readonly parent: CheckedTable;
  readonly parentColumns: readonly string[];
}

/** Every relation of the schema, and every foreign key that the schema does not know. */
export function checkOrphans(facts: DataFacts): Check[] {
  const references = new Map<string, Reference>();
  for (const reference of [...ofSchema(facts), ...ofManyToMany(facts), ...ofForeignKeys(facts)]) {
    const { child, columns, parent, parentColumns } = reference;
    if (!hasColumns(child, columns) || !hasColumns(parent, parentColumns)) continue;
    const pairs = columns.map((column, index) => `${column}=${parentColumns[index]}`).sort();
    const id = JSON.stringify([tableId(plain(child)), tableId(plain(parent)), pairs]);
    if (!references.has(id)) references.set(id, reference);
  }
  return [...references.values()].map(toCheck);
}

function toCheck({ child, columns, parent, parentColumns }: Reference): Check {
  const link = { table: plain(parent), columns, theirColumns: parentColumns };
  const place = placeOf(child, columns);
  return {
    ...place,
    name: 'orphans',
    severity: 'error',
    rule: null,
    query: rowsWhere(child, columns, { is: 'orphan', link }),
    message: (count) =>
      `${countOf(count, 'row')} of ${nameOf(child)}: ${spell(nameOf(child), place.fields)} names no existing ${nameOf(parent)}`,
    hint: `Restore the missing rows of ${nameOf(parent)}, or correct or delete these`,
  };
}

function ofSchema(facts: DataFacts): Reference[] {
  return (facts.schema?.relations ?? []).flatMap((relation) => {
    const child = tableOfModel(facts, relation.model);
    const parent = tableOfModel(facts, relation.parentModel);
    if (child === null || parent === null) return [];
    return { child, columns: relation.columns, parent, parentColumns: relation.parentColumns };
  });
}

function ofManyToMany(facts: DataFacts): Reference[] {
  const { schema, defaultSchema, tables } = facts;
  if (schema === null) return [];
  return tables.flatMap((child) => {
    const found = findManyToMany(schema, child, defaultSchema);
    return (found === null ? [] : [found.a, found.b]).flatMap(({ column, model, parentColumns }) => {
      const parent = tableOfModel(facts, model);
      return parent === null ? [] : [{ child, columns: [column], parent, parentColumns }];
    });
  });
}

function ofForeignKeys({ foreignKeys, tables }: DataFacts): Reference[] {
  return (foreignKeys ?? []).flatMap(({ table, columns, parent, parentColumns }) => {
    const child = tables.find((one) => isSameTable(one, table));
    const target = tables.find((one) => isSameTable(one, parent));
    return child === undefined || target === undefined
      ? []
      : [{ child, columns, parent: target, parentColumns }];
  });
}

function plain({ schema, name }: CheckedTable) {
  return { schema, name };
}
