import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../errors.ts';
import { formatBytes } from '../util/bytes.ts';
import type { Address } from './database-address.ts';

export interface DatabaseFile {
  readonly file: string;
  /** Every place that was looked at, `file` first where none exists. */
  readonly candidates: readonly string[];
}

/**
 * Finds the file of a `file:` address. A relative path means another folder to every version of Prisma (beside the
 * schema up to 6, the working directory from 7 on), so the existing file decides; two different ones are never
 * chosen between. Where none exists the first place is returned.
 *
 * @param folders where a relative path may start from, the most likely one first
 * @throws AppError CONFIG.URL_AMBIGUOUS, CONFIG.URL_INVALID, CONFIG.URL_UNSUPPORTED
 */
export async function findDatabaseFile(address: Address, folders: readonly string[]): Promise<DatabaseFile> {
  const names = pathsIn(address);
  const candidates = [
    ...new Set(names.flatMap((name) => folders.map((folder) => path.resolve(folder, name)))),
  ];
  const existing = await existingFiles(candidates);
  if (existing.length > 1) throw ambiguous(address, existing);
  return { file: existing[0]?.path ?? candidates[0]!, candidates };
}

/** The path as it stands, and percent-decoded where that differs: Prisma's versions disagree about it. */
function pathsIn(address: Address): readonly string[] {
  const withoutScheme = address.url.replace(/^[a-z]+:/i, '').replace(/\?.*$/s, '');
  const raw = withoutScheme
    .replace(/^\/\/(localhost(?=\/))?/, '')
    // file:///C:/app.db on Windows.
    .replace(/^\/(?=[a-z]:)/i, '');
  if (raw === ':memory:') {
    throw new AppError(
      'CONFIG.URL_UNSUPPORTED',
      `Cannot back up ${address.origin}: it is a database in memory`,
      {
        hint: 'Name the file of a database: file:./dev.db',
      },
    );
  }
  if (raw === '') {
    throw new AppError('CONFIG.URL_INVALID', `Cannot use ${address.origin}: it names no file`, {
      hint: 'The address of a SQLite database is such as file:./dev.db or file:/srv/app/app.db',
    });
  }
  return [...new Set([raw, decode(raw)])];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that encodes nothing is part of the name.
    return text;
  }
}

interface ExistingFile {
  readonly path: string;
  readonly bytes: number;
}

/** The candidates that exist, each file once: links to the same file are one. */
async function existingFiles(candidates: readonly string[]): Promise<readonly ExistingFile[]> {
  const files = new Map<string, ExistingFile>();
  for (const candidate of candidates) {
    const found = await stat(candidate, { bigint: true }).catch(() => null);
    if (found?.isFile() !== true) continue;
    const identity = `${found.dev}:${found.ino}`;
    if (!files.has(identity)) files.set(identity, { path: candidate, bytes: Number(found.size) });
  }
  return [...files.values()];
}

function ambiguous(address: Address, existing: readonly ExistingFile[]): AppError {
  const list = existing.map((file) => `${file.path} (${formatBytes(file.bytes)})`).join(' and ');
  return new AppError(
    'CONFIG.URL_AMBIGUOUS',
    `Cannot tell which database ${address.origin} means: there are ${list}`,
    { hint: `Give the absolute path: file:${existing[0]!.path}` },
  );
}
