import { randomUUID } from 'node:crypto';
import { chmod, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { AppError, describeError, systemCode } from '../errors.ts';
import type { Clock } from '../ports/ports.ts';
import { createPrivateFile, makeFolder, setAside } from '../util/atomic-file.ts';
import { applyMigrations, hasMigrationOf, type Migration, readMigrations } from './apply-migrations.ts';

/** `PRAGMA application_id` of a history: "Hold" in ASCII. */
export const historyApplicationId = 0x486f6c64;

/** What every database file of this kind begins with. */
const databaseMagic = Buffer.from('SQLite format 3\0', 'latin1');

/** Two levels above this file in the sources as in the compiled program. */
const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations/', import.meta.url));

export interface HistoryFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Told when a broken file was set aside. */
  readonly note: (message: string) => void;
}

/**
 * Makes sure that a history of this version stands at the path (mode 0600, rollback journal). A broken one is kept
 * under another name and begun anew; a file that is something else, such as an application's database, is never touched.
 *
 * @throws AppError HISTORY.UNUSABLE
 */
export async function prepareHistoryFile(options: HistoryFileOptions): Promise<void> {
  try {
    await makeFolder(dirname(options.path));
    await createPrivateFile(options.path);
    try {
      migrate(options);
    } catch (error) {
      if (!isBroken(error)) throw error;
      await beginAnew(options, error);
    }
    await makePrivate(options.path);
  } catch (error) {
    throw unusable(options.path, error);
  }
}

/** Also what made the file unusable in the middle of a run. */
export function unusable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const isBusy = systemCode(error)?.startsWith('SQLITE_BUSY') === true;
  const reason = isBusy ? 'another program keeps it locked' : describeError(error);
  return new AppError('HISTORY.UNUSABLE', `Cannot use the history ${path}: ${reason}`, {
    hint: 'Snapshots do not depend on it. Another place for it is named with HOLDFAST_HISTORY_PATH',
    cause: error,
  });
}

function isBroken(error: unknown): boolean {
  const code = systemCode(error) ?? '';
  return error instanceof BrokenHistory || code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT');
}

/** A history that its own check found damaged. */
class BrokenHistory extends Error {}

function migrate({ path, clock }: HistoryFileOptions): void {
  const migrations = readMigrations(migrationsFolder);
  const database = new Database(path);
  try {
    if (isEmpty(database)) {
      database.pragma('journal_mode = DELETE');
      database.pragma(`application_id = ${historyApplicationId}`);
    } else {
      checkOwnership(database, path, migrations);
      checkHealth(database);
      if (database.pragma('journal_mode', { simple: true }) !== 'delete')
        database.pragma('journal_mode = DELETE');
    }
    const nowMs = clock.now().getTime();
    applyMigrations(database, migrations, () => ({
      id: randomUUID(),
      startedMs: nowMs,
      finishedMs: nowMs,
    }));
  } finally {
    database.close();
  }
}

function isEmpty(database: Database.Database): boolean {
  const id = database.pragma('application_id', { simple: true });
  const isUnnamed = id === 0 || id === historyApplicationId;
  return isUnnamed && database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
}

function checkOwnership(database: Database.Database, path: string, migrations: readonly Migration[]): void {
  if (database.pragma('application_id', { simple: true }) === historyApplicationId) return;
  if (hasMigrationOf(database, migrations)) return;
  throw notAHistory(path, 'it is a database of something else, and was not touched');
}

function notAHistory(path: string, reason: string): AppError {
  return new AppError('HISTORY.UNUSABLE', `Cannot use ${path} as the history: ${reason}`, {
    hint: 'Name another file with HOLDFAST_HISTORY_PATH; it is made where it does not exist',
  });
}

function checkHealth(database: Database.Database): void {
  const verdict = database.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw new BrokenHistory(String(verdict));
}

async function beginAnew(options: HistoryFileOptions, reason: unknown): Promise<void> {
  const { path, clock, note } = options;
  if (await isForeign(path)) {
    throw notAHistory(path, `it is a damaged database of something else (${describeError(reason)})`);
  }
  const ending = `broken-${clock.now().toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  // First the journal: beside the new file it would be played back into that.
  for (const part of ['-journal', '-wal', '-shm']) await setAside(`${path}${part}`, ending);
  const kept = await setAside(path, ending);
  note(
    `Warning: The history ${path} is damaged (${describeError(reason)}). It is kept as ${kept ?? 'nothing'}, and a new one begins`,
  );
  await createPrivateFile(path);
  migrate(options);
}

/** Whether the header says that the file is a database, and not one of Holdfast's histories. */
async function isForeign(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const header = Buffer.alloc(100);
    const { bytesRead } = await handle.read(header, 0, header.length, 0);
    const isDatabase = header.subarray(0, databaseMagic.length).equals(databaseMagic);
    return isDatabase && bytesRead === 100 && header.readUInt32BE(68) !== historyApplicationId;
  } finally {
    await handle.close();
  }
}

/** It names snapshots, tables and people, so it is for its owner only. */
async function makePrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) await chmod(path, 0o600);
}
