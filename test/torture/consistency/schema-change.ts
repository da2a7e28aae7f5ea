import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Rig } from '../../e2e/rigs/rig.ts';

/** A change of a table that another session makes while a dump runs. */
export interface SchemaChange {
  readonly name: string;
  readonly sql: string;
  /** What the table looks like afterwards; `gone` where there is none. */
  readonly after: string;
}

const lines = 400;
const fewLines = 7;

/** Empty tables that are read between `marker` and `order_lines`, so that much of a dump lies between the two. */
const between = Array.from({ length: 8 }, (_, index) => `middle_${index}`);

/** What a reader sees of `order_lines` before any change. */
const before = `${lines} rows of id, note`;

/** What differs between the engines. */
export interface ChangeDialect {
  readonly truncate: string;
  /** Puts `new_lines` in the place of `order_lines`, at one instant. */
  readonly swap: string;
}

const renameBoth = `BEGIN; ALTER TABLE order_lines RENAME TO old_lines; ALTER TABLE new_lines RENAME TO order_lines; COMMIT`;

export const changeDialects: Readonly<Record<Rig['engine'], ChangeDialect>> = {
  SQLite: { truncate: 'DELETE FROM order_lines', swap: renameBoth },
  PostgreSQL: { truncate: 'TRUNCATE order_lines', swap: renameBoth },
  MariaDB: {
    truncate: 'TRUNCATE order_lines',
    swap: 'RENAME TABLE order_lines TO old_lines, new_lines TO order_lines',
  },
};

export function schemaChanges({ truncate, swap }: ChangeDialect): readonly SchemaChange[] {
  return [
    { name: 'TRUNCATE', sql: truncate, after: '0 rows of id, note' },
    { name: 'DROP', sql: 'DROP TABLE order_lines', after: 'gone' },
    {
      name: 'ADD COLUMN',
      sql: 'ALTER TABLE order_lines ADD COLUMN extra INTEGER DEFAULT 5',
      after: `${lines} rows of id, note, extra`,
    },
    {
      name: 'DROP COLUMN',
      sql: 'ALTER TABLE order_lines DROP COLUMN note',
      after: `${lines} rows of id`,
    },
    { name: 'a table swapped by RENAME', sql: swap, after: `${fewLines} rows of id, note` },
  ];
}

/** Puts before each change a row into `marker`, so that a mixture of two instants can be told. */
export const markerStatement = 'INSERT INTO marker VALUES (1)';

/** The tables as they are before a change: one that is read before `order_lines`, and one behind it. */
export async function createLines(rig: Rig): Promise<void> {
  await rig.execute(
    'DROP TABLE IF EXISTS order_lines',
    'DROP TABLE IF EXISTS old_lines',
    'DROP TABLE IF EXISTS new_lines',
    'DROP TABLE IF EXISTS marker',
    'DROP TABLE IF EXISTS zones',
    'CREATE TABLE marker (id INTEGER PRIMARY KEY)',
    'CREATE TABLE order_lines (id INTEGER PRIMARY KEY, note VARCHAR(1000))',
    'CREATE TABLE new_lines (id INTEGER PRIMARY KEY, note VARCHAR(1000))',
    ...between.map((name) => `CREATE TABLE IF NOT EXISTS ${name} (id INTEGER PRIMARY KEY)`),
    'CREATE TABLE zones (id INTEGER PRIMARY KEY)',
    'INSERT INTO zones VALUES (1), (2)',
    `INSERT INTO order_lines VALUES ${rowsOf(lines)}`,
    `INSERT INTO new_lines VALUES ${rowsOf(fewLines)}`,
  );
}

function rowsOf(count: number): string {
  return Array.from({ length: count }, (_, index) => `(${index + 1}, '${'n'.repeat(300)}')`).join(', ');
}

interface HeldTable {
  readonly table: { readonly name: string; readonly columns: readonly { readonly name: string }[] };
  readonly rows: readonly unknown[];
}

/** Why a snapshot is of no instant that the database ever had; null when it is. */
export function mixtureIn(snapshot: string, change: SchemaChange): string | null {
  const { tables } = JSON.parse(gunzipSync(readFileSync(snapshot)).toString('utf8')) as {
    tables: HeldTable[];
  };
  const find = (name: string) => tables.find(({ table }) => table.name === name);
  const marked = find('marker')?.rows.length ?? -1;
  const seen = describe(find('order_lines'));
  if (find('zones')?.rows.length !== 2) return 'the table behind the changed one has lost its rows';
  const isBefore = seen === before && (marked === 0 || marked === 1);
  const isAfter = seen === change.after && marked === 1;
  if (isBefore || isAfter) return null;
  return `the snapshot holds ${seen} in order_lines and ${marked} rows in marker, which no instant had`;
}

function describe(held: HeldTable | undefined): string {
  if (held === undefined) return 'gone';
  return `${held.rows.length} rows of ${held.table.columns.map(({ name }) => name).join(', ')}`;
}
