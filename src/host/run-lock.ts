import Database from 'better-sqlite3';
import { AppError } from '../errors.ts';
import type { RunLock } from '../ports.ts';

/**
 * Holds a lock file by an exclusive SQLite transaction: the kernel frees it when the process dies, however it dies, so
 * there is no stale lock and no process number to guess by.
 *
 * @throws AppError RUN.LOCKED when another run holds it
 */
export function acquireRunLock(filePath: string): RunLock {
  const database = new Database(filePath, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
    throw new AppError('RUN.LOCKED', `Another run is working with ${filePath}`, {
      hint: 'Wait until it has ended, then run the command again',
      cause: error,
    });
  }
  return {
    async release() {
      database.close();
    },
  };
}
