import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { DatabaseTarget } from '../../src/ports/database.ts';

const folderPattern = /^holdfast-test-(\d+)-/;

let root: string | null = null;

/** A new folder that nobody else uses. It stays until a later run of tests, so that a failure can be looked into. */
export function makeTempFolder(): string {
  root ??= makeRoot();
  return mkdtempSync(path.join(root, 'case-'));
}

function makeRoot(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(folderPattern.exec(name)?.[1] ?? process.pid);
    if (!isRunning(pid)) rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(path.join(tmpdir(), `holdfast-test-${process.pid}-`));
  // Some tests start a process of another user.
  chmodSync(folder, 0o755);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** A target as config makes it of a `file:` URL. */
export function sqliteTarget(file: string): DatabaseTarget {
  return { provider: 'sqlite', url: `file:${file}`, file, schemas: [], origin: 'DATABASE_URL in the test' };
}

/** A new database file in a folder of its own, made by these statements. */
export function makeSqliteFile(sql: string, name = 'app.db'): string {
  const file = path.join(makeTempFolder(), name);
  const database = new Database(file);
  database.exec(sql);
  database.close();
  return file;
}

/**
 * What a database file holds, by SQLite's own means and independent of Holdfast's reader: per ordinary table the
 * number of rows and an order-independent digest over `typeof`, `quote` and, for reals, the eight bytes of the driver;
 * `sqlite_sequence` row by row; and every statement of the schema.
 */
export function digestSqlite(file: string): Record<string, string> {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database
      .prepare<[], string>(
        `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      )
      .pluck()
      .all();
    const entries = tables.map((table) => [`table ${table}`, digestTable(database, table)]);
    return Object.fromEntries([...entries, ...sequencesOf(database), ...statementsOf(database)].toSorted());
  } finally {
    database.close();
  }
}

function digestTable(database: Database.Database, table: string): string {
  const columns = database
    .prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?) ORDER BY cid')
    .pluck()
    .all(table);
  const hashes: string[] = [];
  // In groups: a result has at most 2,000 columns. Without an order of its own the scan is the same for each group.
  for (let start = 0; start < columns.length; start += 500) {
    const names = columns.slice(start, start + 500).map((column) => `"${column.replaceAll('"', '""')}"`);
    const cells = names.map(
      (name) =>
        `typeof(${name}), CASE typeof(${name}) WHEN 'text' THEN hex(CAST(${name} AS BLOB)) ELSE quote(${name}) END, ${name}`,
    );
    const rows = database.prepare<[], unknown[]>(
      `SELECT ${cells.join(', ')} FROM main."${table.replaceAll('"', '""')}" NOT INDEXED`,
    );
    let row = 0;
    for (const values of rows.raw().safeIntegers().iterate()) {
      hashes[row] = createHash('sha256')
        .update(hashes[row] ?? '')
        .update(describeRow(values))
        .digest('hex');
      row++;
    }
  }
  const digest = createHash('sha256').update(hashes.toSorted().join('\n')).digest('hex');
  return `${hashes.length} rows ${digest.slice(0, 32)}`;
}

function describeRow(values: readonly unknown[]): string {
  const cells: string[] = [];
  for (let index = 0; index < values.length; index += 3) {
    const [type, quoted, value] = values.slice(index, index + 3);
    cells.push(`${type} ${type === 'real' ? bitsOf(Number(value)) : quoted}`);
  }
  return JSON.stringify(cells);
}

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function sequencesOf(database: Database.Database): [string, string][] {
  const exists = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'`).get();
  if (exists === undefined) return [];
  return database
    .prepare<[], [string, string]>(`SELECT name, quote(seq) FROM sqlite_sequence ORDER BY name`)
    .raw()
    .all()
    .map(([name, value]) => [`sequence ${name}`, value]);
}

function statementsOf(database: Database.Database): [string, string][] {
  return database
    .prepare<[], [string, string, string | null]>('SELECT type, name, sql FROM sqlite_master')
    .raw()
    .all()
    .map(([type, name, sql]) => [`${type} ${name} statement`, sql ?? '']);
}
