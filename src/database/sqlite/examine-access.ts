import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { AccessObstacle, AccessReport } from '../../ports/access.ts';
import type { Handle, SqliteConnection } from './connection.ts';
import { databaseBytes } from './database-size.ts';

/** Asks whether the file can be written to, and counts its tables. Changes nothing. */
export async function examineAccess(connection: SqliteConnection, file: string): Promise<AccessReport> {
  const counted = await connection.waitForLock(`Cannot read ${file}`, () => countTables(connection.handle));
  return { ...counted, user: null, obstacles: await findObstacles(file) };
}

function countTables(handle: Handle): Pick<AccessReport, 'server' | 'tables' | 'estimatedBytes'> {
  const tables = handle.prepare<[], number>(
    `SELECT count(*) FROM pragma_table_list
     WHERE schema = 'main' AND type = 'table' AND lower(substr(name, 1, 7)) <> 'sqlite_'`,
  );
  const version = handle.prepare<[], string>('SELECT sqlite_version()');
  return {
    server: `SQLite ${version.pluck().get()!}`,
    tables: tables.pluck().get()!,
    estimatedBytes: databaseBytes(handle),
  };
}

/** SQLite writes its journal beside the file. */
async function findObstacles(file: string): Promise<readonly AccessObstacle[]> {
  const readOnly: string[] = [];
  for (const place of [file, path.dirname(file)]) {
    await access(place, constants.W_OK).catch(() => readOnly.push(place));
  }
  return readOnly.map((place) => ({
    what: 'restoring',
    tables: [],
    message: `${place} cannot be written to by this user`,
    remedy: 'Restore as the user that owns the database file and its folder',
  }));
}
