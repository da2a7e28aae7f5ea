import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkWithPrisma, openClient } from '../../prisma/demo/client.ts';
import { createDemoDatabase } from '../../prisma/demo/database.ts';
import { applyMigrations } from '../../prisma/demo/migrate.ts';
import { copyWithPrisma } from '../support/copy-demo.ts';

const migrations = join(import.meta.dirname, '../../prisma/demo/migrations');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Type and exact bytes of every cell, sorted; reals as the driver's eight bytes. */
function contentOf(file: string): Record<string, string[]> {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database
      .prepare(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
      )
      .pluck()
      .all() as string[];
    return Object.fromEntries(tables.map((table) => [table, rowsOf(database, table)]));
  } finally {
    database.close();
  }
}

function rowsOf(database: Database.Database, table: string): string[] {
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[];
  const cells = columns.map(
    (name) => `typeof("${name}"), iif(typeof("${name}") = 'real', "${name}", hex("${name}"))`,
  );
  const rows = database
    .prepare(`SELECT ${cells.join(', ')} FROM "${table}"`)
    .raw()
    .all() as unknown[][];
  return rows.map((row) => JSON.stringify(row)).sort();
}

function countRows(file: string): number {
  const { _prisma_migrations: _, ...tables } = contentOf(file);
  return Object.values(tables).reduce((sum, rows) => sum + rows.length, 0);
}

it.each([1000, 20_000])('holds exactly the %d rows that were asked for', (rows) => {
  const file = join(folder, 'shop.db');
  createDemoDatabase(file, rows);
  expect(countRows(file)).toBe(rows);
});

it('is the same every time', () => {
  const files = ['one.db', 'two.db'].map((name) => join(folder, name));
  for (const file of files) createDemoDatabase(file, 2000);
  expect(contentOf(files[1]!)).toEqual(contentOf(files[0]!));
});

it('keeps every foreign key, and stock levels are what the movements leave', () => {
  const file = join(folder, 'shop.db');
  createDemoDatabase(file, 20_000);
  const database = new Database(file, { readonly: true });
  const wrongLevels = database
    .prepare(
      `SELECT count(*) FROM stock_levels AS level WHERE quantity <> (SELECT coalesce(sum(quantity), 0)
         FROM stock_movements AS move
        WHERE move.product_id = level.product_id AND move.location_id = level.location_id)`,
    )
    .pluck()
    .get();
  const brokenKeys = database.pragma('foreign_key_check');
  database.close();
  expect(brokenKeys).toEqual([]);
  expect(wrongLevels).toBe(0);
});

it('never touches a file that is there', () => {
  const file = join(folder, 'shop.db');
  createDemoDatabase(file, 1000);
  const before = readFileSync(file);
  expect(() => createDemoDatabase(file, 1000)).toThrow('EEXIST');
  expect(readFileSync(file).equals(before)).toBe(true);
});

it('stores every value as Prisma Client does', async () => {
  const [seeded, written] = [join(folder, 'seeded.db'), join(folder, 'written.db')];
  createDemoDatabase(seeded, 2000);
  const empty = new Database(written);
  applyMigrations(empty, migrations);
  empty.close();
  const [from, to] = [openClient(`file:${seeded}`), openClient(`file:${written}`)];
  await copyWithPrisma(from, to);
  await Promise.all([from.$disconnect(), to.$disconnect()]);
  expect(contentOf(written)).toEqual(contentOf(seeded));
});

it('is read and written by Prisma Client and left as it was', async () => {
  const file = join(folder, 'shop.db');
  createDemoDatabase(file, 2000);
  const before = contentOf(file);
  const sentences = await checkWithPrisma(`file:${file}`);
  expect(sentences[0]).toMatch(/^read 1,\d{3} rows of 11 models$/);
  expect(contentOf(file)).toEqual(before);
});

it('fails the check with Prisma Client when a new id is taken', async () => {
  const file = join(folder, 'shop.db');
  createDemoDatabase(file, 2000);
  const database = new Database(file);
  database.exec(
    `UPDATE sqlite_sequence SET seq = 5 WHERE name = 'orders'; UPDATE orders SET number = 'CHECK' WHERE id = 9`,
  );
  database.close();
  await expect(checkWithPrisma(`file:${file}`)).rejects.toThrow('Unique constraint');
});
