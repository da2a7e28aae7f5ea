import path from 'node:path';
import { createPrivateFile } from '../../util/atomic-file.ts';
import { makeTempFolder, removeFolder } from '../../util/temp-folder.ts';
import { SqliteConnection } from './connection.ts';
import { copyError } from './raw-copy.ts';

/** Copied in one step of SQLite; between two steps signals and timers have their turn. */
export const pagesPerStep = 4_096;

/**
 * Copies all pages of the database as they are at one instant to a private file, and opens that. Other connections
 * can read meanwhile, but not commit.
 */
export async function openPageCopy(source: SqliteConnection): Promise<SqliteConnection> {
  const folder = await makeTempFolder();
  try {
    const file = path.join(folder, 'copy.db');
    await createPrivateFile(file);
    await copyPages(source, file);
    const copy = await SqliteConnection.open(file, { ...source.options, shownFile: source.file });
    copy.handle.pragma('query_only = ON');
    return copy;
  } catch (error) {
    source.signal?.throwIfAborted();
    throw copyError(error, source.file, folder);
  } finally {
    // The open file lives on without its name, and nothing of it outlives the process, however that ends.
    await removeFolder(folder);
  }
}

/** One read transaction holds all steps together, so the copy never has to begin again. */
async function copyPages(source: SqliteConnection, file: string): Promise<void> {
  await source.beginRead();
  try {
    await source.handle.backup(file, {
      progress() {
        source.signal?.throwIfAborted();
        return pagesPerStep;
      },
    });
  } finally {
    source.handle.exec('ROLLBACK');
  }
}
