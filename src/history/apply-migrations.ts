import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';

/** The table in which Prisma keeps its books, as Prisma itself creates it. */
const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

export interface Migration {
  /** The name of its folder. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, as Prisma books it. */
  readonly checksum: string;
}

/** What the books say of a migration that is applied now. */
export interface MigrationStamp {
  readonly id: string;
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** The migrations of a folder, in their order. */
export function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'migration.sql'));
      const checksum = createHash('sha256').update(bytes).digest('hex');
      return { name, sql: bytes.toString('utf8'), checksum };
    });
}

/**
 * Applies what is missing, all or nothing, and books it as `prisma migrate deploy` does, so that Prisma finds nothing
 * left to do. A database that has everything is only read.
 *
 * @throws when the books hold a migration that is not known, was changed, or did not finish
 */
export function applyMigrations(
  database: Database.Database,
  migrations: readonly Migration[],
  stampOf: (migration: Migration) => MigrationStamp,
): void {
  if (findPending(database, migrations).length === 0) return;
  const apply = (): void => {
    database.exec(bookkeeping);
    // Once more under the lock: another process may have been faster.
    for (const migration of findPending(database, migrations)) {
      database.exec(migration.sql);
      book(database, migration, stampOf(migration));
    }
  };
  database.transaction(apply).immediate();
}

/** Whether the books of this database name one of the migrations. */
export function hasMigrationOf(database: Database.Database, migrations: readonly Migration[]): boolean {
  const names = new Set(migrations.map(({ name }) => name));
  return readBooks(database).some((row) => names.has(row.migration_name));
}

interface BookedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: unknown;
}

function readBooks(database: Database.Database): readonly BookedMigration[] {
  const table = database
    .prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`)
    .get();
  if (table === undefined) return [];
  return database
    .prepare<[], BookedMigration>(
      `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
    )
    .all();
}

function findPending(database: Database.Database, migrations: readonly Migration[]): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const applied = new Set<string>();
  for (const { migration_name: name, checksum, finished_at } of readBooks(database)) {
    const migration = known.get(name);
    if (migration === undefined) throw new Error(`a newer version of Holdfast has changed it (${name})`);
    if (finished_at === null) throw new Error(`its migration ${name} has not finished`);
    if (migration.checksum !== checksum) throw new Error(`its migration ${name} was another one`);
    applied.add(name);
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

function book(database: Database.Database, migration: Migration, stamp: MigrationStamp): void {
  database
    .prepare(
      `INSERT INTO "_prisma_migrations"
         ("id", "checksum", "finished_at", "migration_name", "started_at", "applied_steps_count")
       VALUES (?, ?, ?, ?, ?, 1)`,
    )
    .run(stamp.id, migration.checksum, stamp.finishedMs, migration.name, stamp.startedMs);
}
