import { open } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '../../errors.ts';
import { PartialFile } from '../../util/atomic-file.ts';
import { isFull, toAppError } from './sqlite-errors.ts';

/** The database and what SQLite keeps beside it: without its journals the main file alone may be worth nothing. */
const contentSuffixes = ['', '-wal', '-journal'];
/** Only an index of the log, which SQLite makes anew where it is missing. */
const indexSuffix = '-shm';

const stepBytes = 1_048_576;

/**
 * Copies a database file and its journals byte for byte, durably; the paths written. This process must not have the
 * file open: closing any descriptor of it would end the locks of an open connection.
 *
 * @throws AppError FOLDER.FULL, DATABASE.PERMISSION, READ
 */
export async function copyRawFiles(
  file: string,
  folder: string,
  { baseName, withIndex }: { readonly baseName: string; readonly withIndex: boolean },
): Promise<string[]> {
  const written: string[] = [];
  for (const suffix of withIndex ? [...contentSuffixes, indexSuffix] : contentSuffixes) {
    try {
      const name = await copyFile(file + suffix, folder, baseName + suffix);
      if (name !== null) written.push(path.join(folder, name));
    } catch (error) {
      throw copyError(error, file + suffix, folder);
    }
  }
  return written;
}

/** What a failure to copy a database to a folder is to the operator; a full disk is that of the folder. */
export function copyError(error: unknown, file: string, folder: string): AppError {
  const what = `Cannot copy ${file} to ${folder}`;
  if (!isFull(error)) return toAppError(error, what, 'DATABASE.READ');
  return new AppError('FOLDER.FULL', `${what}: there is no room left`, {
    hint: `Free space on the disk of ${folder}; where temporary files go is set by TMPDIR.`,
    cause: error,
  });
}

/** The name of the copy; null when there is no such file. */
async function copyFile(source: string, folder: string, name: string): Promise<string | null> {
  const reading = await openIfThere(source);
  if (reading === null) return null;
  try {
    const partial = await PartialFile.create(folder);
    try {
      const buffer = Buffer.allocUnsafe(stepBytes);
      for (;;) {
        const { bytesRead } = await reading.read(buffer, 0, stepBytes);
        if (bytesRead === 0) break;
        await partial.write(buffer.subarray(0, bytesRead));
      }
      await partial.finish();
      return await partial.publish([name]);
    } finally {
      await partial.discard();
    }
  } finally {
    await reading.close();
  }
}

async function openIfThere(file: string) {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
