import { AppError } from '../errors.ts';
import type { RunLock } from '../ports.ts';

/**
 * Holds a lock file by an exclusive SQLite transaction: the kernel frees it when the process dies, however it dies, so
 * there is no stale lock and no process number to guess by.
 *
 * @throws AppError RUN.LOCKED when another run holds it
 */
export async function acquireRunLock(filePath: string): Promise<RunLock> {
  // Loaded late: most commands only look, and need no lock.
  const { default: Database } = await import('better-sqlite3');
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
