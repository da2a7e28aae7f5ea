import type { Script } from './bench.ts';
import { NameAllocator } from './names.ts';
import type { OwnType, PostgresColumnModel, PostgresModel, PostgresTableModel } from './postgres-model.ts';
import { quoteLiteral } from './postgres-values.ts';

interface Column {
  readonly model: PostgresColumnModel;
  readonly name: string;
  readonly type: string;
}

interface Table {
  readonly model: PostgresTableModel;
  /** Quoted, with its schema. */
  readonly name: string;
  readonly plainName: string;
  readonly id: { readonly name: string; readonly plainName: string; readonly sql: string } | null;
  readonly columns: readonly Column[];
  readonly generated: { readonly name: string; readonly sql: string } | null;
  readonly key: readonly string[];
  /** Quoted, with its schema: the trigger's function, the view. */
  readonly besideName: string;
  readonly reference: {
    readonly name: string;
    readonly parent: Table;
    readonly parentColumn: Column | null;
  } | null;
}

interface Context {
  readonly schema: string;
  readonly names: NameAllocator;
  readonly own: ReadonlyMap<OwnType, string>;
}

const exact = { fold: (name: string) => name, maxBytes: 63 };

/** Each case has a schema of its own. */
export function renderPostgres(models: readonly PostgresModel[]): Script {
  const schemaNames = new NameAllocator(exact, ['public', 'information_schema']);
  const schemas = models.map(({ schema }) => schemaNames.take(/^pg_/i.test(schema) ? `_${schema}` : schema));
  const parts = models.map((model, index) => renderCase(model, schemas[index]!));
  const all = (part: 'create' | 'fill' | 'finish' | 'damage' | 'wipe' | 'probes') =>
    parts.flatMap((one) => one[part]);
  return {
    create: all('create'),
    fill: all('fill'),
    finish: all('finish'),
    damage: all('damage'),
    wipe: all('wipe'),
    probes: all('probes'),
    canCreateSchema: true,
    schemas,
  };
}

type Parts = Omit<Script, 'canCreateSchema' | 'schemas'>;

function renderCase(model: PostgresModel, schemaName: string): Parts {
  const schema = quote(schemaName);
  const names = new NameAllocator(exact);
  const used = new Set(
    model.tables.flatMap(({ columns }) => columns.flatMap(({ own }) => (own === null ? [] : [own]))),
  );
  const { own, statements } = makeOwnTypes(schema, names, { used, labels: model.labels });
  const context = { schema, names, own };
  const tables: Table[] = [];
  for (const table of model.tables) tables.push(nameTable(table, tables, context));
  const free = freeSequence(model, context);
  return {
    create: [
      `CREATE SCHEMA ${schema}`,
      ...statements,
      ...free.create,
      ...tables.flatMap((table) => createTable(table, tables, context)),
    ],
    fill: [
      ...tables.flatMap(fillTable),
      ...tables.flatMap(fillReference),
      ...tables.flatMap(setCounter),
      ...free.fill,
    ],
    finish: [...tables.flatMap((table) => addReference(table, context)), ...tables.flatMap(addBeside)],
    damage: [
      ...tables.flatMap(damageTable),
      ...tables.flatMap(forgetParents),
      ...free.damage,
      ...tables.flatMap(refreshView),
    ],
    wipe: [...tables.map(({ name }) => `DELETE FROM ${name}`), ...tables.flatMap(refreshView)],
    probes: tables.flatMap(probeTable),
  };
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function makeOwnTypes(
  schema: string,
  names: NameAllocator,
  { used, labels }: { readonly used: ReadonlySet<OwnType>; readonly labels: readonly string[] },
): { own: ReadonlyMap<OwnType, string>; statements: string[] } {
  const wanted = new Set(used);
  if (wanted.has('enum domain') || wanted.has('composite')) wanted.add('enum');
  const own = new Map<OwnType, string>();
  const name = (type: OwnType, title: string): string => {
    const quoted = `${schema}.${quote(names.take(title))}`;
    own.set(type, quoted);
    return quoted;
  };
  const statements: string[] = [];
  const add = (type: OwnType, title: string, sql: (quoted: string) => string): void => {
    if (wanted.has(type)) statements.push(sql(name(type, title)));
  };
  add('enum', 'Size "x"', (type) => `CREATE TYPE ${type} AS ENUM (${labels.map(quoteLiteral).join(', ')})`);
  add('enum domain', 'size domain', (type) => `CREATE DOMAIN ${type} AS ${own.get('enum')} DEFAULT 'a'`);
  add('text domain', "it's text", (type) => `CREATE DOMAIN ${type} AS text CHECK (VALUE <> 'forbidden')`);
  add(
    'array domain',
    'list',
    (type) => `CREATE DOMAIN ${type} AS integer[] CHECK (cardinality(VALUE) < 100)`,
  );
  add(
    'composite',
    'row type',
    (type) => `CREATE TYPE ${type} AS ("a b" integer, "t""ext" text, label ${own.get('enum')}, list text[])`,
  );
  add('float range', 'float range', (type) => `CREATE TYPE ${type} AS RANGE (subtype = float8)`);
  add('text range', 'text range', (type) => `CREATE TYPE ${type} AS RANGE (subtype = text, collation = "C")`);
  return { own, statements };
}

function freeSequence({ freeSequence: sequence }: PostgresModel, { schema, names }: Context) {
  if (sequence === null) return { create: [], fill: [], damage: [] };
  const name = `${schema}.${quote(names.take(sequence.name))}`;
  return {
    create: [`CREATE SEQUENCE ${name}`],
    fill: [`SELECT setval(${quoteLiteral(name)}, ${sequence.value}, ${sequence.isCalled})`],
    damage: [`ALTER SEQUENCE ${name} RESTART WITH 99`],
  };
}

const idForms: Readonly<Record<string, string>> = {
  always: 'bigint GENERATED ALWAYS AS IDENTITY',
  'by default': 'integer GENERATED BY DEFAULT AS IDENTITY',
  serial: 'serial',
};

function nameTable(
  model: PostgresTableModel,
  before: readonly Table[],
  { schema, names, own }: Context,
): Table {
  const plainName = names.take(model.name);
  const besideName = `${schema}.${quote(names.take('beside "it\'s'))}`;
  const columnNames = new NameAllocator(exact);
  const form = model.kind === 'no columns' ? undefined : idForms[model.key];
  const id = form === undefined ? null : nameId(model, form, columnNames.take(model.keyName));
  const columns = (model.kind === 'no columns' ? [] : model.columns).map((column) => ({
    model: column,
    name: quote(columnNames.take(column.name)),
    type: typeOf(column, own),
  }));
  const partial = {
    model,
    name: `${schema}.${quote(plainName)}`,
    plainName,
    id,
    columns,
    besideName,
    generated: null,
    reference: null,
  };
  const key = keyOf(partial);
  const self: Table = { ...partial, key };
  const generated = generatedColumn(self, columnNames);
  return { ...self, generated, reference: chooseReference({ ...self, generated }, before, columnNames) };
}

function nameId({ sequence }: PostgresTableModel, form: string, plainName: string): NonNullable<Table['id']> {
  const name = quote(plainName);
  const { increment } = sequence;
  const options =
    increment < 0
      ? `INCREMENT ${increment} MINVALUE -2000000000 MAXVALUE 2000000000`
      : `INCREMENT ${increment}`;
  return { name, plainName, sql: form === 'serial' ? `${name} serial` : `${name} ${form} (${options})` };
}

function typeOf(
  { own: ownType, type, isArray }: PostgresColumnModel,
  own: ReadonlyMap<OwnType, string>,
): string {
  const base = ownType === null ? type : own.get(ownType)!;
  return `${base}${isArray ? '[]' : ''}`;
}

/** A partitioned table's key has to hold the column that it is partitioned by, which is the first. */
function keyOf({ model, id, columns }: Pick<Table, 'model' | 'id' | 'columns'>): readonly string[] {
  if (model.kind === 'inherited' || columns.length === 0) return [];
  const keyable = columns.filter((column) => column.model.isKey).map((column) => column.name);
  const first = columns[0]!;
  const isPartitioned = model.kind.startsWith('by ');
  if (isPartitioned && !first.model.isKey) return [];
  if (id !== null) return isPartitioned ? [id.name, first.name] : [id.name];
  if (model.key === 'one' || model.key === 'two')
    return isPartitioned ? [first.name] : keyable.slice(0, model.key === 'one' ? 1 : 2);
  return [];
}

function generatedColumn({ model, columns }: Table, names: NameAllocator): Table['generated'] {
  const text = columns.find((column) => column.type === 'text');
  if (!model.hasGenerated || text === undefined || model.kind === 'inherited') return null;
  const name = quote(names.take('gen"erated'));
  return { name, sql: `${name} text GENERATED ALWAYS AS (upper(${text.name}) || 'x') STORED` };
}

/** A table before this one, or this one, whose key is a single column that a foreign key can point to. */
function chooseReference(self: Table, before: readonly Table[], names: NameAllocator): Table['reference'] {
  const { reference, kind } = self.model;
  if (reference === null || kind === 'no columns' || kind === 'inherited') return null;
  const parents = [...before, self].filter(
    (table) => table.key.length === 1 && !table.model.kind.startsWith('by '),
  );
  const parent = parents[reference.to % Math.max(1, parents.length)];
  if (parent === undefined || (parent.model.kind === 'unlogged' && kind !== 'unlogged')) return null;
  const parentColumn = parent.columns.find((column) => column.name === parent.key[0]) ?? null;
  return { name: quote(names.take('parent ref')), parent, parentColumn };
}

function createTable(table: Table, tables: readonly Table[], context: Context): string[] {
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
    const isRequired =
      column.isRequired && column.values.some((value) => value !== null) && !key.includes(name);
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

function referenceType({ parent, parentColumn }: NonNullable<Table['reference']>): string {
  if (parentColumn !== null) return parentColumn.type;
  return parent.model.key === 'always' ? 'bigint' : 'integer';
}

function constraintParts({ model, key, columns }: Table): string[] {
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

/** Types that have an order and no hash. */
const notHashed = /^(money|bit|public\.ltree)/;

/** Lists and ranges need an order; other first columns are hashed, or not partitioned at all. */
function partitionForm({ model, columns }: Table): 'LIST' | 'HASH' | 'RANGE' | null {
  if (!model.kind.startsWith('by ') || !columns[0]!.model.isKey) return null;
  if (model.kind === 'by hash') return notHashed.test(columns[0]!.type) ? null : 'HASH';
  return model.kind === 'by list' ? 'LIST' : 'RANGE';
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
    `CREATE TABLE ${title(1)} PARTITION OF ${table.name} DEFAULT`,
  ];
}

function boundOf(form: 'LIST' | 'RANGE', value: string): string {
  return form === 'LIST' ? `IN (${quoteLiteral(value)})` : `FROM (MINVALUE) TO (${quoteLiteral(value)})`;
}

function createIndex({ model, name, columns, key }: Table, title: string): string[] {
  const keyable = columns.filter((column) => column.model.isKey);
  const [first] = keyable;
  if (first === undefined || model.index === 'none' || key.length === 0) return [];
  if (model.index === 'plain') return [`CREATE INDEX ${title} ON ${name} (${first.name} DESC NULLS LAST)`];
  if (model.index === 'partial')
    return [`CREATE INDEX ${title} ON ${name} (${first.name}) WHERE ${first.name} IS NOT NULL`];
  const text = keyable.find((column) => column.type === 'text');
  return text === undefined ? [] : [`CREATE INDEX ${title} ON ${name} (lower(${text.name}))`];
}

function cellOf({ model }: Column, row: number, place: number): string {
  const isNeeded = model.isRequired || model.isKey;
  const values = isNeeded ? model.values.filter((value) => value !== null) : model.values;
  const value = values[(row * (place + 1)) % Math.max(1, values.length)] ?? null;
  return value === null ? 'NULL' : quoteLiteral(value);
}

function fillTable(table: Table): string[] {
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

function fillReference(table: Table): string[] {
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

function isDescending({ key, sequence }: PostgresTableModel): boolean {
  return sequence.increment < 0 && key !== 'serial';
}

function setCounter({ model, name, id }: Table): string[] {
  if (id === null) return [];
  const { lead, isCalled } = model.sequence;
  const sequence = `pg_get_serial_sequence(${quoteLiteral(name)}, ${quoteLiteral(id.plainName)})`;
  const next = isDescending(model)
    ? `least(-1, (SELECT min(${id.name}) FROM ${name})) - 1 - ${lead}`
    : `greatest(1, (SELECT max(${id.name}) FROM ${name})) + 1 + ${lead}`;
  return [`SELECT setval(${sequence}, ${next}, ${isCalled})`];
}

function addReference(table: Table, { names }: Context): string[] {
  const { model, name, reference } = table;
  if (reference === null) return [];
  const { parent } = reference;
  const title = quote(names.take('f"k'));
  // A key of a partitioned table is always valid.
  const form = partitionForm(table) === null ? model.reference!.form : '';
  const key = `FOREIGN KEY (${reference.name}) REFERENCES ${parent.name} (${parent.key[0]}) ${form}`;
  return [`ALTER TABLE ${name} ADD CONSTRAINT ${title} ${key}`.trim()];
}

function addBeside(table: Table): string[] {
  const { model, name, columns, besideName } = table;
  const title = quote('it\'s "beside"');
  const [first] = columns;
  if (first === undefined) return [];
  const isRequired = first.model.isRequired || table.key.includes(first.name);
  const change = isRequired ? '' : `NEW.${first.name} := NULL;`;
  const trigger = (body: string, timing: string): string[] => [
    `CREATE FUNCTION ${besideName}() RETURNS trigger LANGUAGE plpgsql AS ${quoteLiteral(`BEGIN ${body} END`)}`,
    `CREATE TRIGGER ${title} ${timing} ON ${name} FOR EACH ROW EXECUTE FUNCTION ${besideName}()`,
  ];
  const state = (word: string): string => `ALTER TABLE ${name} ${word} TRIGGER ${title}`;
  switch (model.beside) {
    case 'change':
      return trigger(`${change} RETURN NEW;`, 'BEFORE INSERT OR UPDATE');
    case 'suppress':
      return trigger('RETURN NULL;', 'BEFORE INSERT OR DELETE');
    case 'always':
      return [...trigger(`${change} RETURN NEW;`, 'BEFORE INSERT'), state('ENABLE ALWAYS')];
    case 'disabled':
      return [...trigger('RAISE EXCEPTION $$no$$;', 'AFTER INSERT'), state('DISABLE')];
    case 'add rows':
      return trigger(
        `DELETE FROM ${name} WHERE ${first.name} IS NULL; RETURN NULL;`,
        'AFTER INSERT OR DELETE',
      );
    case 'rule nothing':
      return [`CREATE RULE ${title} AS ON DELETE TO ${name} DO INSTEAD NOTHING`];
    case 'rule also':
      return [`CREATE RULE ${title} AS ON INSERT TO ${name} DO ALSO DELETE FROM ${name}`];
    case 'row security':
      return [
        `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
        `CREATE POLICY ${title} ON ${name} USING (${first.name} IS NULL)`,
      ];
    case 'view':
      return [`CREATE MATERIALIZED VIEW ${besideName} AS SELECT count(*) AS total FROM ${name}`];
    default:
      return [];
  }
}

/** Foreign keys did not watch over the damage, and a state with orphans is none that a valid key can have. */
function forgetParents({ name, reference }: Table): string[] {
  if (reference === null) return [];
  const { parent } = reference;
  return [
    `UPDATE ${name} AS c SET ${reference.name} = NULL WHERE NOT EXISTS (SELECT FROM ${parent.name} AS p WHERE p.${parent.key[0]} = c.${reference.name})`,
  ];
}

/** As it would be after a restore: derived from the rows that are there. */
function refreshView({ model, columns, besideName }: Table): string[] {
  return model.beside === 'view' && columns.length > 0 ? [`REFRESH MATERIALIZED VIEW ${besideName}`] : [];
}

function damageTable(table: Table): string[] {
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

function probeTable(table: Table): string[] {
  const { model, name, id, columns } = table;
  if (id === null || ['row security', 'rule also', 'add rows', 'suppress'].includes(model.beside)) return [];
  const hasUnique = columns.some((column) => column.model.isUnique && column.model.isKey);
  const isNeeded = columns.filter((column) => column.model.isRequired || table.key.includes(column.name));
  if (hasUnique || isNeeded.some((column) => column.model.values.every((value) => value === null))) return [];
  if (isNeeded.length === 0) return [`INSERT INTO ${name} DEFAULT VALUES`];
  const cells = isNeeded.map((column) => literalOr(column.model.values.find((value) => value !== null)));
  return [
    `INSERT INTO ${name} (${isNeeded.map((column) => column.name).join(', ')}) VALUES (${cells.join(', ')})`,
  ];
}
