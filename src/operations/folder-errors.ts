import { AppError, describeError, type ErrorCode, systemCode } from '../errors.ts';

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'FOLDER.FULL',
  EDQUOT: 'FOLDER.FULL',
  EFBIG: 'FOLDER.FULL',
  EACCES: 'FOLDER.NOT_WRITABLE',
  EPERM: 'FOLDER.NOT_WRITABLE',
  EROFS: 'FOLDER.NOT_WRITABLE',
  EIO: 'FOLDER.IO',
  EMFILE: 'FOLDER.IO',
  ENFILE: 'FOLDER.IO',
  ENOENT: 'FOLDER.IO',
  ENOTDIR: 'FOLDER.IO',
  EEXIST: 'FOLDER.IO',
  ENAMETOOLONG: 'FOLDER.IO',
};

const hints: Partial<Record<ErrorCode, string>> = {
  'FOLDER.FULL': 'Free space there or choose another folder with --dir; earlier snapshots are untouched',
  'FOLDER.NOT_WRITABLE': 'Give this user the folder, or choose another one with --dir or BACKUP_DIR',
};

/** An error of the file system, as one about writing to the folder; every other error as it is. */
export function aboutFolder(error: unknown, folder: string, name = 'the backup folder'): unknown {
  const code = codes[systemCode(error) ?? ''];
  if (error instanceof AppError || code === undefined) return error;
  const hint = hints[code];
  const message = `Cannot write to ${name} ${folder}: ${describeError(error)}`;
  return new AppError(code, message, hint === undefined ? { cause: error } : { hint, cause: error });
}
