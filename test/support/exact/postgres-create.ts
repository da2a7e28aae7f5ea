import { type Column, type Context, isHashed, partitionForm, quote, type Table } from './postgres-table.ts';
import { quoteLiteral } from './postgres-values.ts';

/** The statements that make a table, with its partitions and an index. */
export function createTable(table: Table, tables: readonly Table[], context: Context): string[] {
  const { model, name, plainName } = table;
  const parent = inheritedFrom(table, tables);
  const parts = [...columnParts(table), ...constraintParts(table)];
  const persistence = model.kind === 'unlogged' ? 'UNLOGGED ' : '';
  const inherits = parent === null ? '' : ` INHERITS (${parent.name})`;
  const dropped =
    model.hasDropped && model.kind !== 'no columns' ? ['"to be dropped" integer DEFAULT 5'] : [];
  return [
    `CREATE ${persistence}TABLE ${name} (${[...dropped, ...parts].join(', ')})${inherits}${partitionBy(table)}`,
    ...createPartitions(table, context),
    ...(dropped.length === 0 ? [] : [`ALTER TABLE ${name} DROP COLUMN "to be dropped"`]),
    ...createIndex(table, quote(context.names.take(`${shorten(plainName)} index`))),
  ];
}

function shorten(text: string): string {
  return [...text].slice(0, 8).join('');
}

function columnParts({ id, columns, generated, reference, model, key }: Table): string[] {
  const own = columns.map(({ name, type, model: column }) => {
    const isUnique =
      column.isUnique && column.isKey && !model.kind.startsWith('by ') && model.kind !== 'inherited';
    const isRequired = isRequiredColumn({ name, type, model: column }) && !key.includes(name);
    return [name, type, isRequired ? 'NOT NULL' : '', isUnique ? 'UNIQUE' : '']
      .filter((part) => part !== '')
      .join(' ');
  });
  const extra = [
    ...(generated === null ? [] : [generated.sql]),
    ...(reference === null ? [] : [`${reference.name} ${referenceType(reference)}`]),
  ];
  return [...(id === null ? [] : [id.sql]), ...own, ...extra];
}

function isRequiredColumn({ model }: Column): boolean {
  return model.isRequired && model.values.some((value) => value !== null);
}

function referenceType({ parent, parentColumn }: NonNullable<Table['reference']>): string {
  if (parentColumn !== null) return parentColumn.type;
  return parent.model.key === 'always' ? 'bigint' : 'integer';
}

export function constraintParts({ model, key, columns }: Table): string[] {
  if (key.length > 0) return [`PRIMARY KEY (${key.join(', ')})`];
  const keyable = columns.find((column) => column.model.isKey);
  if (keyable === undefined || model.kind !== 'plain') return [];
  if (model.key === 'unique') return [`UNIQUE (${keyable.name})`];
  return model.key === 'deferrable' ? [`UNIQUE (${keyable.name}) DEFERRABLE INITIALLY DEFERRED`] : [];
}

function inheritedFrom({ model, plainName }: Table, tables: readonly Table[]): Table | null {
  if (model.kind !== 'inherited') return null;
  const own = new Set(model.columns.map((column) => column.name));
  const before = tables.slice(
    0,
    tables.findIndex((table) => table.plainName === plainName),
  );
  return (
    before.find(
      (table) =>
        (table.model.kind === 'plain' || table.model.kind === 'no columns') &&
        table.reference === null &&
        table.id === null &&
        table.key.length === 0 &&
        !table.columns.some((column) => column.model.isRequired) &&
        !table.model.columns.some((column) => own.has(column.name)) &&
        !table.model.columns.some((column) => column.name === model.keyName),
    ) ?? null
  );
}

function partitionBy(table: Table): string {
  const form = partitionForm(table);
  return form === null ? '' : ` PARTITION BY ${form} (${table.columns[0]!.name})`;
}

function createPartitions(table: Table, { schema, names }: Context): string[] {
  const form = partitionForm(table);
  if (form === null) return [];
  const title = (place: number): string =>
    `${schema}.${quote(names.take(`${shorten(table.plainName)} part ${place}`))}`;
  const [value] = table.columns[0]!.model.values.filter((one) => one !== null);
  const hashed = [0, 1].map(
    (rest) =>
      `CREATE TABLE ${title(rest)} PARTITION OF ${table.name} FOR VALUES WITH (MODULUS 2, REMAINDER ${rest})`,
  );
  if (form === 'HASH') return hashed;
  const bound = value === undefined ? [] : [boundOf(form, value)];
  return [
    ...bound.map((values) => `CREATE TABLE ${title(0)} PARTITION OF ${table.name} FOR VALUES ${values}`),
    ...createDefaultPartition(table, [1, 2, 3].map(title)),
  ];
}

function createDefaultPartition(
  { name, model, columns, id, generated, reference, key }: Table,
  [title, first, second]: readonly string[],
): string[] {
  const asDefault = `CREATE TABLE ${title} PARTITION OF ${name} DEFAULT`;
  if (model.partitions === 'nested' && isHashed(columns[0]!)) {
    const rests = [first, second].map(
      (sub, rest) =>
        `CREATE TABLE ${sub} PARTITION OF ${title} FOR VALUES WITH (MODULUS 2, REMAINDER ${rest})`,
    );
    return [`${asDefault} PARTITION BY HASH (${columns[0]!.name})`, ...rests];
  }
  const mayDiffer = id === null && generated === null && reference === null && !model.hasDropped;
  if (model.partitions !== 'attached' || !mayDiffer) return [asDefault];
  const reversed = columns.toReversed().map((column) => {
    const isRequired = key.includes(column.name) || isRequiredColumn(column);
    return `${column.name} ${column.type}${isRequired ? ' NOT NULL' : ''}`;
  });
  return [
    `CREATE TABLE ${title} (${reversed.join(', ')})`,
    `ALTER TABLE ${name} ATTACH PARTITION ${title} DEFAULT`,
  ];
}

function boundOf(form: 'LIST' | 'RANGE', value: string): string {
  return form === 'LIST' ? `IN (${quoteLiteral(value)})` : `FROM (MINVALUE) TO (${quoteLiteral(value)})`;
}

function createIndex({ model, name, columns, key }: Table, title: string): string[] {
  const ranges = columns.find((column) => column.type === 'int4range' || column.type === 'numrange');
  if (model.index === 'exclusion' && ranges !== undefined && model.kind === 'plain')
    return [`ALTER TABLE ${name} ADD CONSTRAINT ${title} EXCLUDE USING gist (${ranges.name} WITH &&)`];
  const keyable = columns.filter((column) => column.model.isKey);
  const [first] = keyable;
  if (first === undefined || model.index === 'none' || key.length === 0) return [];
  if (model.index === 'plain') return [`CREATE INDEX ${title} ON ${name} (${first.name} DESC NULLS LAST)`];
  if (model.index === 'partial')
    return [`CREATE INDEX ${title} ON ${name} (${first.name}) WHERE ${first.name} IS NOT NULL`];
  const text = keyable.find((column) => column.type === 'text');
  return text === undefined ? [] : [`CREATE INDEX ${title} ON ${name} (lower(${text.name}))`];
}

export function addReference(table: Table, { names }: Context): string[] {
  const { model, name, reference } = table;
  if (reference === null) return [];
  const { parent } = reference;
  const title = quote(names.take('f"k'));
  // A key of a partitioned table is always valid.
  const form = partitionForm(table) === null ? model.reference!.form : '';
  const key = `FOREIGN KEY (${reference.name}) REFERENCES ${parent.name} (${parent.key[0]}) ${form}`;
  return [`ALTER TABLE ${name} ADD CONSTRAINT ${title} ${key}`.trim()];
}
