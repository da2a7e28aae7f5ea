import type { Script } from './bench.ts';
import { NameAllocator } from './names.ts';
import type { SqliteColumnModel, SqliteModel, SqliteTableModel } from './sqlite-model.ts';
import { textLiteral } from './sqlite-values.ts';

interface Column {
  readonly model: SqliteColumnModel;
  readonly name: string;
}

interface Table {
  readonly model: SqliteTableModel;
  readonly plainName: string;
  readonly name: string;
  /** The integer that is the row number, or null. */
  readonly idName: string | null;
  readonly columns: readonly Column[];
  readonly generated: readonly { readonly name: string; readonly sql: string }[];
  readonly keyColumns: readonly string[];
  readonly late: { readonly name: string; readonly sql: string } | null;
}

const asciiFold = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export function renderSqlite({ encoding, journal, tables: models }: SqliteModel): Script {
  const names = new NameAllocator({ fold: asciiFold, maxBytes: 150 });
  const tables = models.map((model) => nameTable(model, names.take(model.name)));
  return {
    create: [
      `PRAGMA encoding = '${encoding}'`,
      `PRAGMA journal_mode = ${journal}`,
      ...tables.map((table) => createTable(table, tables)),
      ...tables.flatMap((table, index) => createIndex(table, index)),
    ],
    fill: tables.flatMap((table) => fillTable(table, tables)),
    finish: [
      ...tables.flatMap(({ name, late }) =>
        late === null ? [] : [`ALTER TABLE ${name} ADD COLUMN ${late.sql}`],
      ),
      ...tables.flatMap((table, index) => createTrigger(table, index)),
    ],
    damage: [
      ...tables.flatMap((table) => damageTable(table)),
      ...(tables.some(isCounted) ? ['UPDATE sqlite_sequence SET seq = seq + 7 WHERE seq < 4000000000'] : []),
    ],
    wipe: tables.map(({ name }) => `DELETE FROM ${name}`),
    probes: tables.flatMap(probeTable),
    canCreateSchema: encoding === 'UTF-8',
    schemas: [],
  };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function nameTable(model: SqliteTableModel, plainName: string): Table {
  const hasId = (model.key === 'integer' || model.key === 'autoincrement') && !isWithoutRowid(model);
  const names = new NameAllocator({ fold: asciiFold, maxBytes: 150 });
  const idName = hasId ? quote(names.take(model.keyName)) : null;
  const columns = model.columns.map((column) => ({ model: column, name: quote(names.take(column.name)) }));
  const generated = model.generated.map(({ name, kind, form }) => {
    const quoted = quote(names.take(name));
    const type = model.layout.startsWith('strict') ? 'ANY' : '';
    return { name: quoted, sql: `${quoted} ${type} AS (${expression(columns[0]!.name, form)}) ${kind}` };
  });
  const late = model.late === null ? null : nameLate(model, quote(names.take(model.late.name)));
  return {
    model,
    plainName,
    name: quote(plainName),
    idName,
    columns,
    generated,
    keyColumns: keyOf(model, columns),
    late,
  };
}

function nameLate(model: SqliteTableModel, name: string): Table['late'] {
  const type = model.layout.startsWith('strict') ? 'BLOB' : '';
  return {
    name,
    sql: `${name} ${type} DEFAULT (${model.late!.fallback})`.replace(/\((CAST.*|X.*|NULL|-?\d+)\)$/, '$1'),
  };
}

function keyOf({ key, layout }: SqliteTableModel, columns: readonly Column[]): readonly string[] {
  const names = columns.map((column) => column.name);
  const needed = layout.includes('without rowid');
  if (key === 'one' || (needed && (key === 'none' || key === 'descending'))) return names.slice(0, 1);
  if (key === 'two') return names.slice(0, 2);
  return key === 'all' || needed ? names : [];
}

function isWithoutRowid({ layout }: SqliteTableModel): boolean {
  return layout.includes('without rowid');
}

function isCounted({ model, idName }: Table): boolean {
  return idName !== null && model.key === 'autoincrement';
}

function expression(column: string, form: number): string {
  const forms = [
    `quote(${column})`,
    `typeof(${column})`,
    `hex(${column})`,
    `coalesce(${column}, 1.5)`,
    `${column} || 'x'`,
    `CAST(${column} AS BLOB)`,
  ];
  return forms[form]!;
}

function createTable(table: Table, tables: readonly Table[]): string {
  const { model, idName, columns, generated, keyColumns } = table;
  const id =
    idName === null
      ? []
      : [`${idName} INTEGER PRIMARY KEY${model.key === 'autoincrement' ? ' AUTOINCREMENT' : ''}`];
  const isDescending = model.key === 'descending' && !isWithoutRowid(model);
  const descending = isDescending ? [`"desc key" INTEGER PRIMARY KEY DESC`] : [];
  const plain = columns.map((column) => columnSql(column, keyColumns));
  const key = keyColumns.length === 0 ? [] : [`PRIMARY KEY (${keyColumns.join(', ')})`];
  const parts = [
    ...id,
    ...descending,
    ...plain,
    ...generated.map(({ sql }) => sql),
    ...key,
    ...referenceSql(table, tables),
  ];
  const strict = model.layout.startsWith('strict') ? ['STRICT'] : [];
  const layout = [...strict, ...(isWithoutRowid(model) ? ['WITHOUT ROWID'] : [])];
  return `CREATE TABLE ${table.name} (${parts.join(', ')}) ${layout.join(', ')}`.trim();
}

function columnSql({ model, name }: Column, keyColumns: readonly string[]): string {
  const { isRequired, isUnique, collation } = model;
  // An INTEGER that is the whole key would be the row number, which takes nothing else.
  const isWholeKey = keyColumns.length === 1 && keyColumns[0] === name;
  return [
    name,
    isWholeKey && model.type === 'INTEGER' ? 'INT' : model.type,
    isRequired ? 'NOT NULL' : '',
    isUnique ? 'UNIQUE' : '',
    collation === '' ? '' : `COLLATE ${collation}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function referenceSql({ model, columns }: Table, tables: readonly Table[]): string[] {
  const parent = parentOf(model, tables);
  if (parent === null) return [];
  return [
    `FOREIGN KEY (${columns.at(-1)!.name}) REFERENCES ${parent.table} (${parent.column}) ${model.reference!.action}`.trim(),
  ];
}

function parentOf(
  { reference }: SqliteTableModel,
  tables: readonly Table[],
): { table: string; column: string } | null {
  if (reference === null) return null;
  const { name, idName, keyColumns } = tables[reference.to % tables.length]!;
  const column = idName ?? (keyColumns.length === 1 ? keyColumns[0]! : null);
  return column === null ? null : { table: name, column };
}

function createIndex({ model, name, columns, idName }: Table, index: number): string[] {
  const first = columns[0]!.name;
  const last = columns.at(-1)!.name;
  const title = quote(`index ${index} of "${idName ?? ''}`);
  switch (model.index) {
    case 'plain':
      return [`CREATE INDEX ${title} ON ${name} (${last} DESC, ${first})`];
    case 'unique':
      return [`CREATE UNIQUE INDEX ${title} ON ${name} (${first}, ${last} COLLATE NOCASE)`];
    case 'unique partial':
      return [`CREATE UNIQUE INDEX ${title} ON ${name} (${last}) WHERE ${first} IS NOT NULL`];
    case 'expression':
      return [`CREATE INDEX ${title} ON ${name} (hex(${last}), ${first})`];
    default:
      return [];
  }
}

function fillTable(table: Table, tables: readonly Table[]): string[] {
  const { model, name, columns, idName } = table;
  if (model.rowCount === 0) return [];
  const ids = distinct(model.keyValues).filter((id) => !isCounted(table) || id < 2n ** 62n);
  const rows = Array.from({ length: model.rowCount }, (_, row) => {
    const id = idName === null ? [] : [idLiteral(ids, row)];
    const cells = columns.map(
      ({ model: column }, place) => column.values[(row * (place + 1)) % column.values.length]!,
    );
    return `(${[...id, ...cells].join(', ')})`;
  });
  const names = [...(idName === null ? [] : [idName]), ...columns.map((column) => column.name)];
  const parent = parentOf(model, tables);
  const last = columns.at(-1)!;
  return [
    `INSERT OR IGNORE INTO ${name} (${names.join(', ')}) VALUES ${rows.join(', ')}`,
    ...(parent === null
      ? []
      : [
          `UPDATE OR IGNORE ${name} SET ${last.name} = (SELECT p.${parent.column} FROM ${parent.table} AS p WHERE typeof(p.${parent.column}) = typeof(${name}.${last.name}) LIMIT 1) WHERE ${last.name} IS ${last.model.values[0]}`,
        ]),
    ...(isCounted(table) && model.counterLead > 0n
      ? [
          `UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(${idName}), 0) FROM ${name})) + ${model.counterLead} WHERE name = ${textLiteral(table.plainName)}`,
        ]
      : []),
  ];
}

function idLiteral(ids: readonly bigint[], row: number): string {
  const id = ids[row];
  return id === undefined ? 'NULL' : String(id);
}

function distinct(values: readonly bigint[]): readonly bigint[] {
  return [...new Set(values)];
}

function createTrigger({ model, name, columns }: Table, index: number): string[] {
  const title = quote(`trigger ${index} it's`);
  const first = columns[0]!.name;
  switch (model.trigger) {
    case 'delete all':
      return [`CREATE TRIGGER ${title} AFTER INSERT ON ${name} BEGIN DELETE FROM ${name}; END`];
    case 'change':
      return [
        `CREATE TRIGGER ${title} AFTER INSERT ON ${name} BEGIN UPDATE OR IGNORE ${name} SET ${first} = ${columns[0]!.model.values.at(-1)}; END`,
      ];
    case 'on delete':
      return [
        `CREATE TRIGGER ${title} BEFORE DELETE ON ${name} BEGIN UPDATE OR IGNORE ${name} SET ${first} = NULL; END`,
      ];
    case 'refuse':
      return [`CREATE TRIGGER ${title} BEFORE INSERT ON ${name} BEGIN SELECT RAISE(ABORT, 'no'); END`];
    default:
      return [];
  }
}

function damageTable({ model, name, columns }: Table): string[] {
  const first = columns[0]!;
  const last = columns.at(-1)!;
  switch (model.damage) {
    case 'empty':
      return [`DELETE FROM ${name}`];
    case 'update':
      return columns.map(
        (column) => `UPDATE OR IGNORE ${name} SET ${column.name} = ${column.model.values.at(-1)}`,
      );
    case 'some':
      return [`DELETE FROM ${name} WHERE ${first.name} IS ${first.model.values[0]}`];
    case 'more':
      return [
        `INSERT OR IGNORE INTO ${name} (${first.name}, ${last.name}) VALUES (${last.model.values[0]}, ${first.model.values[0]})`,
        `INSERT OR IGNORE INTO ${name} (${first.name}) VALUES (${first.model.values.at(-1)})`,
        `DELETE FROM ${name} WHERE ${last.name} IS ${last.model.values.at(-1)}`,
      ];
  }
}

function probeTable(table: Table): string[] {
  const { model, name, columns, idName } = table;
  if (idName === null || model.trigger === 'refuse') return [];
  if (columns.some(({ model: column }) => column.isUnique) || model.index.startsWith('unique')) return [];
  const filled = columns.map(({ model: column }) => column.values.find((value) => value !== 'NULL') ?? "''");
  if (
    model.layout.startsWith('strict') &&
    columns.some(({ model: column }) => column.values.every((one) => one === 'NULL'))
  )
    return [];
  return [
    `INSERT INTO ${name} (${columns.map((column) => column.name).join(', ')}) VALUES (${filled.join(', ')})`,
  ];
}
