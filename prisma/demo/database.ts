import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { applyMigrations } from './migrate.ts';
import { fillShop } from './seed/fill.ts';

export const defaultRows = 20_000;

/**
 * Makes the database of Stocktake in a new file: its migrations applied and exactly `rows` rows in its tables, the
 * same ones every time.
 *
 * @throws when the file exists
 */
export function createDemoDatabase(file: string, rows: number = defaultRows): void {
  closeSync(openSync(file, 'wx'));
  const database = new Database(file);
  try {
    applyMigrations(database, join(import.meta.dirname, 'migrations'));
    fillShop(database, rows);
  } finally {
    database.close();
  }
}
