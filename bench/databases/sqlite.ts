import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { defineTables, type SqlTypes } from '../data/definition.ts';
import { makeRows } from '../data/rows.ts';
import { type IdKind, type Kind, type Table, tables, type Value } from '../data/tables.ts';
import type { Engine } from './engine.ts';
import { selectLengths } from './select-lengths.ts';
import { toolVersion } from './tool-version.ts';

const quote = (name: string): string => `"${name}"`;

const sql: SqlTypes = {
  quote,
  types: {
    uuid: 'TEXT',
    text: 'TEXT',
    key: 'TEXT',
    decimal: 'DECIMAL',
    int: 'INTEGER',
    bigint: 'BIGINT',
    double: 'REAL',
    json: 'JSONB',
    timestamp: 'DATETIME',
    boolean: 'BOOLEAN',
    bytes: 'BLOB',
  },
  countedId: 'INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT',
  counted: 'INTEGER',
  cuid: 'TEXT',
  canAddForeignKeys: false,
};

/** Databases are files of this folder. */
export function createSqlite(folder: string): Engine {
  const fileOf = (database: string): string => join(folder, `${database}.db`);
  const drop = async (database: string): Promise<void> => {
    for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(fileOf(database) + ending, { force: true });
  };
  const change = async (database: string, use: (file: Database.Database) => void): Promise<void> => {
    await drop(database);
    useFile(fileOf(database), use);
  };
  const createEmpty = (database: string, idKind: IdKind): Promise<void> => {
    const { createTables, createIndexes } = defineTables(sql, idKind);
    return change(database, (file) => file.exec([...createTables, ...createIndexes].join(';')));
  };
  return {
    name: 'sqlite',
    title: 'SQLite',
    prisma: { provider: 'sqlite', countedId: 'Int', attributes: {} },
    url: (database) => `file:${fileOf(database)}`,
    confirmName: (database) => `${database}.db`,
    create: drop,
    createEmpty,
    createFull: (database, sizes, idKind) =>
      change(database, (file) => {
        const { createTables, createIndexes } = defineTables(sql, idKind);
        // Whatever breaks off here is made anew, so nothing has to be durable on the way.
        file.pragma('journal_mode = OFF');
        file.pragma('synchronous = OFF');
        file.exec(createTables.join(';'));
        for (const table of tables) insertRows(file, table, makeRows(table, sizes, idKind));
        file.exec(createIndexes.join(';'));
        file.pragma('journal_mode = DELETE');
      }),
    // A file whose rows were deleted would keep their pages, and fill quicker than a new one.
    empty: createEmpty,
    exists: async (database) => existsSync(fileOf(database)),
    drop,
    settle: async () => undefined,
    digest: async (database) =>
      useFile(fileOf(database), (file) =>
        Object.fromEntries(tables.map((table) => [table.name, digestTable(file, table)])),
      ),
    serverCpuSeconds: async () => 0,
    formEveryCell: async (database) =>
      useFile(fileOf(database), (file) => {
        for (const table of tables) file.prepare(selectLengths(table, quote)).all();
      }),
    drain: () => null,
    versions: async () => ({
      'better-sqlite3': useFile(
        ':memory:',
        (file) => `SQLite ${file.prepare('SELECT sqlite_version()').pluck().get()}`,
      ),
      sqlite3: toolVersion('sqlite3').split(' ').slice(0, 2).join(' '),
      gzip: toolVersion('gzip'),
    }),
  };
}

function useFile<T>(path: string, use: (file: Database.Database) => T): T {
  const file = new Database(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

function insertRows(file: Database.Database, table: Table, rows: Iterable<Value[]>): void {
  const kinds = table.columns.map((column) => column.kind);
  const insert = file.prepare(`INSERT INTO ${quote(table.name)} VALUES (${kinds.map(() => '?').join(', ')})`);
  file.transaction(() => {
    for (const row of rows) insert.run(row.map((value, index) => storedValue(value, kinds[index]!)));
  })();
}

/** As Prisma Client stores it. */
function storedValue(value: Value, kind: Kind): string | number | bigint | Buffer | null {
  if (value === null) return null;
  if (kind === 'timestamp') return new Date(value as number).toISOString().replace('Z', '+00:00');
  if (kind === 'decimal') return Number(value);
  if (kind === 'bigint') return BigInt(value as number);
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Over the storage class and value of every cell, in the order of ids. */
function digestTable(file: Database.Database, table: Table): string {
  const cells = table.columns.flatMap(({ name }) => [`typeof(${quote(name)})`, quote(name)]);
  const rows = file.prepare<[], unknown[]>(
    `SELECT ${cells.join(', ')} FROM ${quote(table.name)} ORDER BY id`,
  );
  const hash = createHash('sha256');
  let count = 0;
  for (const row of rows.raw().safeIntegers().iterate()) {
    hash.update(row.map(describeCell).join('\0')).update('\n');
    count++;
  }
  return `${count} ${hash.digest('hex')}`;
}

function describeCell(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value);
}
