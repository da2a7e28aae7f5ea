import type { History } from '../ports/history.ts';
import { exists } from '../util/atomic-file.ts';
import { type HistoryFileOptions, prepareHistoryFile } from './prepare-file.ts';
import { PrismaHistory } from './prisma-history.ts';

/**
 * Opens the history, making it where it is missing or broken.
 *
 * @throws AppError HISTORY.UNUSABLE
 */
export async function openHistory(options: HistoryFileOptions): Promise<History> {
  await prepareHistoryFile(options);
  return new PrismaHistory(options.path);
}

/**
 * Opens the history to look at it; null when there is none yet.
 *
 * @throws AppError HISTORY.UNUSABLE
 */
export async function openExistingHistory(options: HistoryFileOptions): Promise<History | null> {
  return (await exists(options.path)) ? openHistory(options) : null;
}
