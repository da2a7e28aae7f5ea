import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '../../errors.ts';
import type { DatabaseTarget, OpenOptions } from '../../ports/database.ts';
import { createPrivateFile } from '../../util/atomic-file.ts';
import { makeTempFolder, removeFolder } from '../../util/temp-folder.ts';
import { type ConnectionOptions, SqliteConnection } from './connection.ts';
import { copyRawFiles } from './raw-copy.ts';
import { needsWriting, toAppError } from './sqlite-errors.ts';

export interface OpenedFile {
  readonly connection: SqliteConnection;
  /** The folder of the private copy that is read in place of the file, where that cannot be opened itself. */
  readonly copyFolder: string | null;
}

/**
 * Opens a database file that exists and has content, or makes it with `create`.
 *
 * @throws AppError DATABASE.NOT_FOUND, EMPTY_FILE, CORRUPT, PERMISSION, UNSUPPORTED, LOCKED
 */
export async function openFile(
  target: DatabaseTarget,
  file: string,
  options: OpenOptions,
): Promise<OpenedFile> {
  await checkFile(target, file, options);
  const settings = { lockTimeoutMs: options.lockTimeoutMs, signal: options.signal, shownFile: file };
  try {
    return { connection: await SqliteConnection.open(file, settings), copyFolder: null };
  } catch (error) {
    if (!needsWriting(error)) throw openError(error, file);
  }
  return openCopy(file, settings);
}

/**
 * In WAL mode, and after a crash, SQLite must write beside the file even to read it. Where it may not, the files are
 * copied; nobody may have changed them meanwhile.
 */
async function openCopy(file: string, settings: ConnectionOptions): Promise<OpenedFile> {
  const copyFolder = await makeTempFolder();
  try {
    const before = await describeFiles(file);
    const [copy] = await copyRawFiles(file, copyFolder, { baseName: 'copy.db', withIndex: false });
    if ((await describeFiles(file)) !== before) {
      throw new AppError('DATABASE.CHANGED', `Cannot read ${file}: it changed while it was copied`, {
        hint: 'Run the command again, or as the user that owns the file, who can lock it.',
      });
    }
    return { connection: await SqliteConnection.open(copy!, settings), copyFolder };
  } catch (error) {
    await removeFolder(copyFolder);
    throw openError(error, file);
  }
}

/** Changes whenever the database or one of its journals does. */
async function describeFiles(file: string): Promise<string> {
  const parts = ['', '-wal', '-journal'].map(async (suffix) => {
    const info = await statIfThere(file + suffix);
    return info === null ? 'none' : `${info.ino} ${info.size} ${info.mtimeNs}`;
  });
  return (await Promise.all(parts)).join(', ');
}

async function checkFile(target: DatabaseTarget, file: string, { create }: OpenOptions): Promise<void> {
  const info = await statFile(file);
  if (info === null && !create) throw notFound(target, file);
  if (info?.isDirectory()) {
    throw new AppError('DATABASE.UNSUPPORTED', `Cannot open ${file}: it is a folder`, {
      hint: `Let ${target.origin} name the database file itself.`,
    });
  }
  if (info !== null && !info.isFile()) {
    throw new AppError('DATABASE.UNSUPPORTED', `Cannot open ${file}: it is not a regular file`);
  }
  if (create) await createEmpty(file);
  else await checkContent(target, file, info!.size);
  await checkReadable(file);
}

async function createEmpty(file: string): Promise<void> {
  try {
    await createPrivateFile(file);
  } catch (error) {
    throw toAppError(error, `Cannot create ${file}`, 'DATABASE.NOT_FOUND');
  }
}

async function checkContent(target: DatabaseTarget, file: string, size: bigint): Promise<void> {
  if (size > 0n) return;
  const log = await statFile(`${file}-wal`);
  if (log !== null && log.size > 0n) return;
  throw new AppError('DATABASE.EMPTY_FILE', `Cannot open ${file}: the file is empty`, {
    hint: `Make its tables with \`npx prisma migrate deploy\`, or check that ${target.origin} names the right file.`,
  });
}

async function checkReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
  } catch (error) {
    throw toAppError(error, `Cannot open ${file}`, 'DATABASE.PERMISSION');
  }
}

function notFound(target: DatabaseTarget, file: string): AppError {
  const others = (target.candidates ?? []).filter((candidate) => candidate !== file);
  const looked = others.length === 0 ? '' : ` It was also looked for at ${others.join(' and ')}.`;
  return new AppError('DATABASE.NOT_FOUND', `Cannot open ${file}: there is no such file`, {
    hint: `Check ${target.origin}, or run the command in the application's folder (--app).${looked}`,
  });
}

function openError(error: unknown, file: string): AppError {
  if (systemCode(error) === 'SQLITE_NOTADB') {
    return new AppError('DATABASE.CORRUPT', `Cannot open ${file}: it is not a SQLite database`, {
      hint: 'It is damaged, encrypted, or another file. If it is damaged, bring back the last good snapshot: `holdfast restore latest`.',
      cause: error,
    });
  }
  return toAppError(error, `Cannot open ${file}`, 'DATABASE.READ');
}

async function statFile(file: string) {
  try {
    return await statIfThere(file);
  } catch (error) {
    throw toAppError(error, `Cannot open ${path.resolve(file)}`, 'DATABASE.NOT_FOUND');
  }
}

async function statIfThere(file: string) {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
