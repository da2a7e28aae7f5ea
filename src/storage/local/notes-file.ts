import { readFile } from 'node:fs/promises';
import { AppError, describeError, systemCode } from '../../errors.ts';

/**
 * The text of a small file in which runs leave notes for those that follow; null when there is none.
 *
 * @throws AppError FOLDER.IO when there is one that cannot be read: it must not pass for lost, and be begun anew
 */
export async function readNotes(filePath: string): Promise<string | null> {
  try {
    return await readFile(filePath, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new AppError('FOLDER.IO', `Cannot read ${filePath}: ${describeError(error)}`, {
      hint: 'Try again; if it stays so, move that file away: it will be begun anew',
      cause: error,
    });
  }
}

/** What the notes say; null when they cannot be understood. */
export function understood<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
