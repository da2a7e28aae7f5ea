import { countOf } from '../../util/bytes.ts';
import { type Check, placeOf, spell } from '../check.ts';
import { type CheckedTable, type DataFacts, hasColumns, labelOf, nameOf } from '../data-facts.ts';
import { kindOfColumn } from '../value-kind.ts';

/** Everything that has to be unique: by the schema, and by the database, whether or not an index sees to it. */
export function checkDuplicates({ tables, settings }: DataFacts): Check[] {
  return tables.flatMap((table) =>
    uniqueLists(table).map((columns) => toCheck(table, columns, settings.caseInsensitive)),
  );
}

function uniqueLists(table: CheckedTable): (readonly string[])[] {
  const { model } = table;
  const declared = model === null ? [] : [model.primaryKey, ...model.uniques].flatMap((list) => list ?? []);
  const lists = [...declared.map(({ columns }) => columns), ...(table.uniques ?? [])];
  const distinct = new Map(lists.map((columns) => [[...columns].sort().join('\0'), columns]));
  return [...distinct.values()].filter((columns) => hasColumns(table, columns));
}

function toCheck(table: CheckedTable, columns: readonly string[], caseInsensitive: boolean): Check {
  const shown = columns.map((column) => ({
    column,
    label: labelOf(table, column),
    kind: kindOfColumn(table, column),
  }));
  const ignoreCase = caseInsensitive && shown.some(({ kind }) => kind === 'text');
  const place = placeOf(table, columns);
  const how = ignoreCase ? ', upper and lower case taken for the same' : '';
  return {
    ...place,
    name: 'duplicates',
    severity: 'error',
    rule: null,
    query: {
      is: 'duplicates',
      table: { schema: table.schema, name: table.name },
      columns: shown,
      ignoreCase,
    },
    message: (count) =>
      `${countOf(count, 'value')} of ${spell(nameOf(table), place.fields)} ${count === 1 ? 'stands' : 'stand'} in more than one row${how}`,
    hint: 'Keep one row of each, or correct the others; a unique index keeps them from coming back',
  };
}
