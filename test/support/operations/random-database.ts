import type { AppDatabase } from './database.ts';
import type { Dialect, Kind } from './dialect.ts';
import type { RandomColumn, RandomEdit, RandomTable } from './random-case.ts';

/** A row as plain SQL reads it. */
export interface PlainRow {
  /** Equal for equal stored values only. */
  readonly exact: readonly (string | null)[];
  /** Equal for values that the database takes for one. */
  readonly same: readonly (string | null)[];
}

/** All rows by the table's name. */
export type PlainRows = ReadonlyMap<string, readonly PlainRow[]>;

/** Few values of each kind, some of which a database may take for one. */
const values: Readonly<Record<Kind, readonly string[]>> = {
  int: ['1', '2', '3', '4', '5'],
  text: ["'a'", "'A'", "'b'", "'é'", "''", "'it''s'", "'\t'", "'a\"'"],
  ci: ["'a'", "'A'", "'b'", "'É'", "'é'", "'e'", "'E'", "'B'"],
  decimal: ['1', '1.0', '2.5', '2.50', '0', '0.00', '-1', '10'],
  time: ["'2025-01-01 00:00:00'", "'2025-05-31 23:59:59.999'", "'2025-07-01 00:00:00'"],
};

/** SQL for one of the values of a column; NULL now and then where it may be. */
function literal({ kind, isRequired }: RandomColumn, choice: number): string {
  if (!isRequired && kind !== 'time' && choice % 4 === 3) return 'NULL';
  return values[kind][choice % values[kind].length]!;
}

export async function createTables(
  database: AppDatabase,
  dialect: Dialect,
  tables: readonly RandomTable[],
): Promise<void> {
  await database.run(...tables.map((table) => createTable(table, dialect)));
  if (!dialect.addsForeignKeys) return;
  for (const table of tables) {
    for (const reference of table.references) {
      await database.run(`ALTER TABLE ${table.name} ADD ${foreignKey(reference)}`);
    }
  }
}

function createTable(table: RandomTable, dialect: Dialect): string {
  const columns = table.columns.map(({ name, kind, isRequired }) => {
    if (table.isAuto && name === 'id') return `id ${dialect.autoKey}`;
    return `${name} ${dialect.types[kind]}${isRequired ? ' NOT NULL' : ' NULL'}`;
  });
  const keys = table.key !== null && !table.isAuto ? [`PRIMARY KEY (${table.key.join(', ')})`] : [];
  const uniques = table.uniques.map((unique) => `UNIQUE (${unique.join(', ')})`);
  const references = dialect.addsForeignKeys ? [] : table.references.map(foreignKey);
  return `CREATE TABLE ${table.name} (${[...columns, ...keys, ...uniques, ...references].join(', ')})`;
}

function foreignKey({ columns, parent, parentColumns }: RandomTable['references'][number]): string {
  return `FOREIGN KEY (${columns.join(', ')}) REFERENCES ${parent} (${parentColumns.join(', ')})`;
}

/** Carries edits out as an application would; what the database refuses is left out. */
export async function applyEdits(
  database: AppDatabase,
  { dialect, tables }: { dialect: Dialect; tables: readonly RandomTable[] },
  edits: readonly RandomEdit[],
): Promise<void> {
  const [begin, end] = dialect.together;
  await database.run(begin);
  for (const edit of edits) {
    const table = tables[edit.table % tables.length]!;
    const [off, on] = edit.isLoose ? dialect.withoutForeignKeys : [];
    if (off !== undefined) await database.run(off);
    for (const statement of await statementsOf(database, table, edit)) await attempt(database, statement);
    if (on !== undefined) await database.run(on);
  }
  await database.run(end);
}

/** @returns whether the database took the statement */
async function attempt(database: AppDatabase, statement: string): Promise<boolean> {
  try {
    await database.run(statement);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** A constraint refuses: SQLSTATE class 23, or SQLite's own code. */
function isRefusal(error: unknown): boolean {
  const { code, sqlState } = error as { code?: unknown; sqlState?: unknown };
  return [code, sqlState].some((one) => /^(?:23|SQLITE_CONSTRAINT)/.test(String(one)));
}

async function statementsOf(database: AppDatabase, table: RandomTable, edit: RandomEdit): Promise<string[]> {
  const first = table.columns[0]!;
  const where = `${first.name} = ${literal({ ...first, isRequired: true }, edit.row)}`;
  switch (edit.what) {
    case 'insert':
      return [insert(table, edit)];
    case 'update': {
      const column = table.columns[edit.column % table.columns.length]!;
      return [`UPDATE ${table.name} SET ${column.name} = ${literal(column, edit.values[0]!)} WHERE ${where}`];
    }
    case 'delete':
      return [`DELETE FROM ${table.name} WHERE ${where}`];
    case 'clear':
      return [`DELETE FROM ${table.name}`];
    case 'swap':
      return swap(database, table, where);
  }
}

function insert(table: RandomTable, { values: choices, row }: RandomEdit): string {
  // A key that numbers itself is given by hand now and then.
  const columns = table.columns.filter(({ name }) => !(table.isAuto && name === 'id' && row > 1));
  const cells = columns.map((column, index) =>
    literal(column, choiceFor(table, column, choices[index]! + row)),
  );
  return `INSERT INTO ${table.name} (${columns.map(({ name }) => name).join(', ')}) VALUES (${cells.join(', ')})`;
}

/** Few keys, and references to nothing or to one of them, so that the database takes most rows. */
function choiceFor({ key, references }: RandomTable, { name }: RandomColumn, choice: number): number {
  if (references.some(({ columns }) => columns.includes(name)))
    return choice % 2 === 0 ? 3 : (choice >> 1) % 3;
  return key?.includes(name) ? choice % 4 : choice % 8;
}

/** Two rows exchange their unique value: each step is one that the database takes. */
async function swap(database: AppDatabase, table: RandomTable, where: string): Promise<string[]> {
  const [unique] = table.uniques;
  if (unique === undefined || unique.length !== 1) return [];
  const first = table.columns[0]!.name;
  const rows = await database.rows(
    `SELECT ${first}, u FROM ${table.name} WHERE u IS NOT NULL ORDER BY 1 DESC LIMIT 2`,
  );
  const [one, other] = rows;
  if (one === undefined || other === undefined) return [`UPDATE ${table.name} SET u = NULL WHERE ${where}`];
  const set = (value: string, row: readonly (string | null)[]): string =>
    `UPDATE ${table.name} SET u = ${value} WHERE ${first} = ${literalOf(row[0]!)}`;
  return [set('NULL', one), set(literalOf(one[1]!), other), set(literalOf(other[1]!), one)];
}

function literalOf(value: unknown): string {
  return value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;
}

/** Every row of the tables, by plain SELECTs that know nothing of Holdfast. */
export async function readTables(
  database: AppDatabase,
  dialect: Dialect,
  tables: readonly RandomTable[],
): Promise<PlainRows> {
  const all = new Map<string, PlainRow[]>();
  for (const { name, columns } of tables) {
    const cells = [
      ...columns.map((column) => nullable(column, dialect.exact(column.name, column.kind))),
      ...columns.map((column) => nullable(column, dialect.sameness(column.name, column.kind))),
    ];
    const rows = await database.rows(`SELECT ${cells.join(', ')} FROM ${name}`);
    all.set(
      name,
      rows.map((row) => ({ exact: row.slice(0, columns.length), same: row.slice(columns.length) })),
    );
  }
  return all;
}

function nullable({ name }: RandomColumn, sql: string): string {
  return `CASE WHEN ${name} IS NULL THEN NULL ELSE ${sql} END`;
}
