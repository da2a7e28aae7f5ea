import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '../errors.ts';
import { ZipWriter } from '../export/zip.ts';
import type { ExportFile } from '../operations/export-rows.ts';
import { makeFolder, removeFile } from '../util/atomic-file.ts';
import { toFile } from './export-target.ts';

/** Where the files of an export go. Exactly one of `finish` and `discard` ends it; `discard` is safe after `finish`. */
export interface ExportPlace {
  /** The absolute path of the folder or the archive. */
  readonly path: string;
  open(name: string, created: Date): Promise<ExportFile>;
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** A ZIP archive where the name says so, else a folder. */
export async function toPlace(filePath: string): Promise<ExportPlace> {
  return /\.zip$/i.test(filePath) ? toArchive(filePath) : toFolder(filePath);
}

async function toArchive(filePath: string): Promise<ExportPlace> {
  const target = await toFile(filePath);
  const zip = new ZipWriter((bytes) => target.write(bytes));
  return {
    path: filePath,
    open: async (name, created) => zip.open(name, created),
    async finish() {
      await zip.end();
      await target.finish();
    },
    discard: () => target.discard(),
  };
}

async function toFolder(folder: string): Promise<ExportPlace> {
  await checkEmpty(folder);
  await makeFolder(folder);
  const written: string[] = [];
  let current: Awaited<ReturnType<typeof toFile>> | null = null;
  let isFinished = false;
  return {
    path: folder,
    async open(name) {
      const filePath = path.join(folder, name);
      const target = await toFile(filePath);
      current = target;
      return {
        write: (bytes) => target.write(bytes),
        async end() {
          await target.finish();
          written.push(filePath);
        },
      };
    },
    async finish() {
      isFinished = true;
    },
    async discard() {
      await current?.discard();
      if (isFinished) return;
      for (const filePath of written) await removeFile(filePath);
    },
  };
}

/** @throws AppError EXPORT.EXISTS */
async function checkEmpty(folder: string): Promise<void> {
  try {
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    if (systemCode(error) !== 'ENOTDIR') throw error;
  }
  throw new AppError('EXPORT.EXISTS', `Cannot export into ${folder}: it is not an empty folder`, {
    hint: 'Nothing is overwritten: give another folder with -o, or a name that ends with .zip',
  });
}
