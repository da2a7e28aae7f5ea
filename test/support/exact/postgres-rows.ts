import { constraintParts } from './postgres-create.ts';
import { type Column, isDescending, partitionForm, type Table } from './postgres-table.ts';
import { quoteLiteral } from './postgres-values.ts';

function cellOf({ model }: Column, row: number, place: number): string {
  const isNeeded = model.isRequired || model.isKey;
  const values = isNeeded ? model.values.filter((value) => value !== null) : model.values;
  const value = values[(row * (place + 1)) % Math.max(1, values.length)] ?? null;
  return value === null ? 'NULL' : quoteLiteral(value);
}

export function fillTable(table: Table): string[] {
  const { model, name, id, columns } = table;
  if (model.rowCount === 0) return [];
  if (columns.length === 0)
    return Array.from({ length: model.rowCount }, () => `INSERT INTO ${name} DEFAULT VALUES`);
  const isDeferrable = constraintParts(table).some((part) => part.includes('DEFERRABLE'));
  const names = [...(id === null ? [] : [id.name]), ...columns.map((column) => column.name)];
  const rows = Array.from({ length: model.rowCount }, (_, row) => {
    const own = id === null ? [] : [String(model.keyValues[row % model.keyValues.length])];
    return `(${[...own, ...columns.map((column, place) => cellOf(column, row, place))].join(', ')})`;
  });
  const taken = isDeferrable ? rows.slice(0, 1) : rows;
  const conflicts = isDeferrable ? '' : ' ON CONFLICT DO NOTHING';
  if (columns.some((column) => isWithoutValue(table, column))) return [];
  return [
    `INSERT INTO ${name} (${names.join(', ')}) OVERRIDING SYSTEM VALUE VALUES ${taken.join(', ')}${conflicts}`,
  ];
}

/** A column that needs a value and was given none. */
function isWithoutValue({ key }: Table, { name, model }: Column): boolean {
  return key.includes(name) && model.values.every((value) => value === null);
}

export function fillReference(table: Table): string[] {
  const { model, name, reference } = table;
  if (reference === null) return [];
  const { parent } = reference;
  const mayBeOrphan = model.reference?.form === 'NOT VALID' && partitionForm(table) === null;
  const value =
    mayBeOrphan && reference.parentColumn === null
      ? '987654'
      : `(SELECT p.${parent.key[0]} FROM ${parent.name} AS p ORDER BY 1 LIMIT 1)`;
  return [`UPDATE ${name} SET ${reference.name} = ${value}`];
}

export function setCounter({ model, name, id }: Table): string[] {
  if (id === null) return [];
  const { lead, isCalled } = model.sequence;
  const sequence = `pg_get_serial_sequence(${quoteLiteral(name)}, ${quoteLiteral(id.plainName)})`;
  const next = isDescending(model)
    ? `least(-1, (SELECT min(${id.name}) FROM ${name})) - 1 - ${lead}`
    : `greatest(1, (SELECT max(${id.name}) FROM ${name})) + 1 + ${lead}`;
  return [`SELECT setval(${sequence}, ${next}, ${isCalled})`];
}

export function damageTable(table: Table): string[] {
  const { model, name, columns, id } = table;
  const first = columns[0];
  const far = isDescending(model) ? -1_900_000_000 : 1_900_000_000;
  const counter =
    id === null
      ? []
      : [
          `SELECT setval(pg_get_serial_sequence(${quoteLiteral(name)}, ${quoteLiteral(id.plainName)}), ${far}, true)`,
        ];
  if (first === undefined || model.damage === 'empty') return [`DELETE FROM ${name}`, ...counter];
  if (model.damage === 'truncate') return [`TRUNCATE ${name} CASCADE`, ...counter];
  if (model.damage === 'update')
    return [
      ...columns.map(
        (column) => `UPDATE ${name} SET ${column.name} = ${literalOr(column.model.values.at(-1))}`,
      ),
      ...counter,
    ];
  return [
    `INSERT INTO ${name} (${first.name}) VALUES (${literalOr(first.model.values.at(-1))})`,
    `DELETE FROM ${name} WHERE ${first.name}::text = (SELECT max(${first.name}::text) FROM ${name})`,
    ...counter,
  ];
}

function literalOr(value: string | null | undefined): string {
  return value === null || value === undefined ? 'NULL' : quoteLiteral(value);
}

/** Foreign keys did not watch over the damage, and a state with orphans is none that a valid key can have. */
export function forgetParents({ name, reference }: Table): string[] {
  if (reference === null) return [];
  const { parent } = reference;
  return [
    `UPDATE ${name} AS c SET ${reference.name} = NULL WHERE NOT EXISTS (SELECT FROM ${parent.name} AS p WHERE p.${parent.key[0]} = c.${reference.name})`,
  ];
}

/** An insert that a table with a counter has to take, whatever stands beside it. */
export function probeTable(table: Table): string[] {
  const { model, name, id, columns } = table;
  if (id === null || model.index === 'exclusion') return [];
  if (['row security', 'rule also', 'add rows', 'suppress'].includes(model.beside)) return [];
  const hasUnique = columns.some((column) => column.model.isUnique && column.model.isKey);
  const isNeeded = columns.filter((column) => column.model.isRequired || table.key.includes(column.name));
  if (hasUnique || isNeeded.some((column) => column.model.values.every((value) => value === null))) return [];
  if (isNeeded.length === 0) return [`INSERT INTO ${name} DEFAULT VALUES`];
  const cells = isNeeded.map((column) => literalOr(column.model.values.find((value) => value !== null)));
  return [
    `INSERT INTO ${name} (${isNeeded.map((column) => column.name).join(', ')}) VALUES (${cells.join(', ')})`,
  ];
}
