import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Seal } from '../../crypto/seal.ts';
import { AppError, describeError, systemCode } from '../../errors.ts';
import type { RawCopy } from '../../ports/database.ts';
import { PartialFile } from '../../util/atomic-file.ts';
import { isFull, toAppError } from './sqlite-errors.ts';

/** The database and what SQLite keeps beside it: without its journals the main file alone may be worth nothing. */
const contentSuffixes = ['', '-wal', '-journal'];
/** Only an index of the log, which SQLite makes anew where it is missing. */
const indexSuffix = '-shm';

const stepBytes = 1_048_576;

interface CopyOptions extends Pick<RawCopy, 'baseName' | 'seal'> {
  readonly withIndex: boolean;
}

/**
 * Copies a database file and its journals byte for byte, durably; the paths written. This process must not have the
 * file open: closing any descriptor of it would end the locks of an open connection.
 *
 * @throws AppError FOLDER.FULL, DATABASE.PERMISSION, READ
 */
export async function copyRawFiles(
  file: string,
  folder: string,
  { baseName, withIndex, seal }: CopyOptions,
): Promise<string[]> {
  const written: string[] = [];
  for (const suffix of withIndex ? [...contentSuffixes, indexSuffix] : contentSuffixes) {
    try {
      const name = await copyFile(file + suffix, folder, { name: baseName + suffix, seal });
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
  return new AppError('FOLDER.FULL', `${what}: ${describeError(error)}`, {
    hint: `Free space on the disk of ${folder}; where temporary files go is set by TMPDIR.`,
    cause: error,
  });
}

/** The name of the copy; null when there is no such file. */
async function copyFile(
  source: string,
  folder: string,
  { name, seal }: { name: string; seal: Seal | undefined },
): Promise<string | null> {
  const reading = await openIfThere(source);
  if (reading === null) return null;
  try {
    const partial = await PartialFile.create(folder);
    try {
      const sealed = await seal?.((bytes) => partial.write(bytes));
      const buffer = Buffer.allocUnsafe(stepBytes);
      for (;;) {
        const { bytesRead } = await reading.read(buffer, 0, stepBytes);
        if (bytesRead === 0) break;
        await (sealed ?? partial).write(buffer.subarray(0, bytesRead));
      }
      await sealed?.finish();
      await partial.finish();
      return await partial.publish([sealed === undefined ? name : `${name}.age`]);
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
