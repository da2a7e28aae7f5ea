import { AppError } from '../errors.ts';
import type { RunLock } from '../ports/backup-folder.ts';
import { shellWord } from '../util/shell-word.ts';

/**
 * How long a run tries for the lock. One that is refused shares the file for a moment; without patience two that begin
 * together could refuse each other, and neither would run.
 */
const patienceMs = 250;

/**
 * Holds a lock file by an exclusive SQLite transaction: the kernel frees it when the process dies, however it dies, so
 * there is no stale lock and no process number to guess by.
 *
 * @throws AppError RUN.LOCKED when another run holds it, FOLDER.IO when the file is no lock file
 */
export async function acquireRunLock(filePath: string): Promise<RunLock> {
  // Loaded late: most commands only look, and need no lock.
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(filePath, { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const { code } = error as { code?: string };
    if (code === 'SQLITE_NOTADB') throw brokenLock(filePath, error);
    if (code !== 'SQLITE_BUSY') throw error;
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

/** Nothing is kept in it: only the kernel's lock on it counts. */
function brokenLock(filePath: string, cause: unknown): AppError {
  return new AppError('FOLDER.IO', `Cannot lock ${filePath}: it is damaged, or no lock file of Holdfast`, {
    hint: `It holds no data: when no other run works in the folder, remove it (rm ${shellWord(filePath)}), then run the command again`,
    cause,
  });
}
