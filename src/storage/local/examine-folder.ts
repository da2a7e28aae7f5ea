import { access, constants, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, describeError, systemCode } from '../../errors.ts';
import type { FolderState } from '../../ports/backup-folder.ts';
import { isSnapshotFile } from '../../snapshot/name.ts';
import { isOpenToOthers } from '../../util/file-mode.ts';

/** See `BackupFolder.examine`. */
export async function examineFolder(folder: string): Promise<FolderState | null> {
  try {
    const { mode } = await stat(folder);
    return {
      isWritable: await isWritable(folder),
      isWritableByOthers: (mode & 0o022) !== 0,
      readableByOthers: await findReadable(folder),
    };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new AppError('FOLDER.IO', `Cannot examine the backup folder ${folder}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

async function findReadable(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter(isSnapshotFile).sort();
  const open: string[] = [];
  for (const name of names) {
    const { mode } = await stat(path.join(folder, name));
    if (isOpenToOthers(mode)) open.push(name);
  }
  return open;
}
