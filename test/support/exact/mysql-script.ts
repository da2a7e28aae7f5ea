import type { Script } from './bench.ts';
import type { MysqlColumnModel, MysqlModel, MysqlTableModel } from './mysql-model.ts';
import { NameAllocator } from './names.ts';

interface Column {
  readonly model: MysqlColumnModel;
  readonly name: string;
}

interface Table {
  readonly model: MysqlTableModel;
  readonly name: string;
  readonly id: string | null;
  readonly columns: readonly Column[];
  readonly generatedName: string;
  readonly referenceName: string | null;
  readonly titles: { readonly foreignKey: string; readonly trigger: string };
}

/** Names of columns are compared without case and accents; those of tables are files. */
const looseFold = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** All cases share one database. */
export function renderMysql(models: readonly MysqlModel[]): Script {
  const names = new NameAllocator({ fold: looseFold, maxBytes: 40 });
  const titles = new NameAllocator({ fold: looseFold, maxBytes: 60 });
  const cases = models.map((model) => model.tables.map((table) => nameTable(table, names, titles)));
  const tables = cases.flat();
  return {
    create: tables.map(createTable),
    fill: cases.flatMap((own) => [
      ...own.flatMap(fillTable),
      ...own.flatMap((table) => fillReference(table, own)),
      ...own.flatMap(setCounter),
    ]),
    finish: cases.flatMap((own) => [
      ...own.flatMap((table) => addReference(table, own)),
      ...own.flatMap(createTrigger),
    ]),
    damage: tables.flatMap(damageTable),
    wipe: tables.map(({ name }) => `DELETE FROM ${name}`),
    probes: tables.flatMap(probeTable),
    canCreateSchema: true,
    schemas: [],
  };
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function nameTable(model: MysqlTableModel, names: NameAllocator, titles: NameAllocator): Table {
  const columnNames = new NameAllocator({ fold: looseFold, maxBytes: 64 });
  const hasId = model.key === 'auto' || model.key === 'auto second';
  const id = hasId ? quote(columnNames.take(model.keyName)) : null;
  return {
    model,
    name: quote(names.take(model.name)),
    id,
    columns: model.columns.map((column) => ({ model: column, name: quote(columnNames.take(column.name)) })),
    generatedName: quote(columnNames.take('gen`erated')),
    referenceName:
      model.reference === null || isPartitioned(model) ? null : quote(columnNames.take("parent's")),
    titles: { foreignKey: quote(titles.take('f`k "1"')), trigger: quote(titles.take("tr`igger it's")) },
  };
}

function isPartitioned({ key, partitions, columns }: MysqlTableModel): boolean {
  return (
    key === 'auto' && partitions !== 'none' && !columns.some((column) => column.isUnique || column.isSpatial)
  );
}

/** The columns of the primary key, the id aside. */
function keyColumns({ model, columns }: Table): readonly Column[] {
  if (model.key !== 'one' && model.key !== 'two') return [];
  return columns.filter((column) => column.model.key !== 'none').slice(0, model.key === 'one' ? 1 : 2);
}

function keyPart({ name, model }: Column): string {
  return model.key === 'prefix' ? `${name}(15)` : name;
}

function createTable(table: Table): string {
  const { model, name, id, columns, generatedName, referenceName } = table;
  const key = keyColumns(table);
  const source = generatedFrom(table);
  const parts = [
    ...(id === null ? [] : [`${id} ${model.idType} AUTO_INCREMENT`]),
    ...columns.map((column, place) => columnSql(column, { key, mayHide: place > 0 })),
    ...(source === undefined ? [] : [`${generatedName} int AS (${source.name} IS NULL) ${model.generated}`]),
    ...(referenceName === null ? [] : [`${referenceName} bigint`]),
    ...keySql(table, key),
    ...columns
      .filter(({ model: one }) => model.key !== 'unique' && one.isUnique && one.key !== 'none')
      .map((column) => `UNIQUE (${keyPart(column)})`),
  ];
  return `CREATE TABLE ${name} (${parts.join(', ')}) ENGINE=InnoDB ${optionsSql(model)}`.trim();
}

/** What a CHAR holds depends on a mode, so nothing is generated from it. */
function generatedFrom({ model, columns }: Table): Column | undefined {
  if (model.generated === 'none') return undefined;
  return columns.find((column) => !column.model.type.startsWith('char('));
}

function columnSql(
  { name, model }: Column,
  { key, mayHide }: { readonly key: readonly Column[]; readonly mayHide: boolean },
): string {
  const isKey = key.some((column) => column.name === name);
  const isRequired = isKey || (model.isRequired && model.values.some((value) => value !== 'NULL'));
  const [type, ...rest] = model.type.split(/ (?=COMPRESSED|DEFAULT)/);
  const nullable = isRequired ? 'NOT NULL' : 'NULL';
  return [name, type, nullable, ...rest, model.isInvisible && mayHide && !isRequired ? 'INVISIBLE' : '']
    .filter((part) => part !== '')
    .join(' ');
}

function keySql({ model, id, columns }: Table, key: readonly Column[]): string[] {
  const first = columns.find((column) => column.model.key === 'whole');
  if (model.key === 'auto') return [`PRIMARY KEY (${id})`];
  if (model.key === 'auto second') return [`KEY (${id})`];
  if (model.key === 'unique') return first === undefined ? [] : [`UNIQUE KEY (${first.name})`];
  return key.length === 0 ? [] : [`PRIMARY KEY (${key.map(keyPart).join(', ')})`];
}

function optionsSql(model: MysqlTableModel): string {
  const { rowFormat, charset, columns } = model;
  const isCompressed = columns.some((column) => column.type.includes('COMPRESSED'));
  const format = rowFormat === '' || isCompressed || isPartitioned(model) ? '' : `ROW_FORMAT=${rowFormat}`;
  const isPlain = columns.some((column) => column.type.includes('COLLATE utf8mb4'));
  const characters = charset === '' || isPlain ? '' : `DEFAULT CHARSET=${charset}`;
  const partitions = isPartitioned(model) ? partitionSql(model) : '';
  return [format, characters, partitions].filter((part) => part !== '').join(' ');
}

function partitionSql({ partitions, keyName }: MysqlTableModel): string {
  const id = quote(keyName);
  if (partitions === 'hash') return `PARTITION BY HASH (${id}) PARTITIONS 3`;
  return `PARTITION BY RANGE (${id}) (PARTITION \`p 0\` VALUES LESS THAN (5), PARTITION p1 VALUES LESS THAN MAXVALUE)`;
}

function cellOf({ model }: Column, row: number, place: number): string {
  const values = model.isRequired ? model.values.filter((value) => value !== 'NULL') : model.values;
  return values[(row * (place + 1)) % Math.max(1, values.length)] ?? 'NULL';
}

function fillTable(table: Table): string[] {
  const { model, name, id, columns } = table;
  if (model.rowCount === 0) return [];
  const isUnsigned = model.idType.includes('unsigned');
  const names = [...(id === null ? [] : [id]), ...columns.map((column) => column.name)];
  const rows = Array.from({ length: model.rowCount }, (_, row) => {
    const number = model.keyValues[row % model.keyValues.length]!;
    const own = id === null ? [] : [String(isUnsigned ? Math.abs(number) : number)];
    return `(${[...own, ...columns.map((column, place) => cellOf(column, row, place))].join(', ')})`;
  });
  return [`INSERT IGNORE INTO ${name} (${names.join(', ')}) VALUES ${rows.join(', ')}`];
}

/** A table whose generated id is its whole key. */
function parentOf({ model, referenceName }: Table, tables: readonly Table[]): Table | null {
  if (referenceName === null) return null;
  const parents = tables.filter(
    (table) => table.model.key === 'auto' && table.model.idType === 'bigint' && !isPartitioned(table.model),
  );
  return parents[model.reference!.to % Math.max(1, parents.length)] ?? null;
}

function fillReference(table: Table, tables: readonly Table[]): string[] {
  const parent = parentOf(table, tables);
  if (parent === null) return [];
  return [
    `UPDATE ${table.name} SET ${table.referenceName} = (SELECT * FROM (SELECT max(${parent.id}) FROM ${parent.name}) AS p)`,
  ];
}

function setCounter({ model, name, id }: Table): string[] {
  if (id === null || model.counterLead === 0) return [];
  return [`ALTER TABLE ${name} AUTO_INCREMENT = ${model.counterLead + 101}`];
}

function addReference(table: Table, tables: readonly Table[]): string[] {
  const parent = parentOf(table, tables);
  if (parent === null) return [];
  const { name, referenceName, titles, model } = table;
  const key = `FOREIGN KEY (${referenceName}) REFERENCES ${parent.name} (${parent.id}) ${model.reference!.form}`;
  return [`ALTER TABLE ${name} ADD CONSTRAINT ${titles.foreignKey} ${key}`.trim()];
}

function createTrigger(table: Table): string[] {
  const { model, name, columns, titles } = table;
  const free = columns.find((column) => !column.model.isRequired && !keyColumns(table).includes(column));
  if (model.trigger === 'refuse') {
    return [
      `CREATE TRIGGER ${titles.trigger} BEFORE INSERT ON ${name} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'`,
    ];
  }
  if (free === undefined || model.trigger === 'none') return [];
  const [timing, action] =
    model.trigger === 'change'
      ? ['BEFORE INSERT', `SET NEW.${free.name} = NULL`]
      : ['AFTER DELETE', 'SET @gone = 1'];
  return [`CREATE TRIGGER ${titles.trigger} ${timing} ON ${name} FOR EACH ROW ${action}`];
}

function damageTable({ model, name, columns, id }: Table): string[] {
  const [first] = columns;
  const counter = id === null ? [] : [`ALTER TABLE ${name} AUTO_INCREMENT = 31500`];
  if (model.damage === 'empty') return [`DELETE FROM ${name}`, ...counter];
  if (model.damage === 'truncate') return [`TRUNCATE ${name}`];
  if (model.damage === 'update')
    return [
      ...columns.map((column) => `UPDATE IGNORE ${name} SET ${column.name} = ${column.model.values.at(-1)}`),
      ...counter,
    ];
  return [
    `INSERT IGNORE INTO ${name} (${first!.name}) VALUES (${first!.model.values.at(-1)})`,
    `DELETE FROM ${name} ORDER BY ${first!.name} LIMIT 2`,
  ];
}

function probeTable(table: Table): string[] {
  const { model, name, id, columns } = table;
  if (id === null || model.trigger === 'refuse') return [];
  if (columns.some((column) => column.model.isUnique && column.model.key !== 'none')) return [];
  const needed = columns.filter(
    (column) => column.model.isRequired && column.model.values.some((value) => value !== 'NULL'),
  );
  const cells = needed.map((column) => column.model.values.find((value) => value !== 'NULL')!);
  return [
    `INSERT INTO ${name} (${needed.map((column) => column.name).join(', ')}) VALUES (${cells.join(', ')})`,
  ];
}
