import { AppError, type ErrorCode } from '../errors.ts';
import type { Unlock } from '../util/byte-source.ts';
import type { TableEntry } from './manifest.ts';
import { openSnapshotFile, type SnapshotFile } from './reader.ts';
import { RowCheck } from './row-check.ts';

/** Something in a snapshot file that is not as it was written. */
export interface Damage {
  readonly code: ErrorCode;
  /** Null when it is the file's frame, not the rows of one table. */
  readonly table: TableEntry | null;
  readonly message: string;
}

/** Errors that say "this is no damaged snapshot", or "it cannot be told": they are thrown, not reported as damage. */
const notDamage: readonly ErrorCode[] = [
  'SNAPSHOT.NOT_FOUND',
  'SNAPSHOT.FORMAT',
  'SNAPSHOT.VERSION',
  'FOLDER.IO',
  'ENCRYPTION.IDENTITY_MISSING',
  'ENCRYPTION.WRONG_IDENTITY',
  'ENCRYPTION.KEY',
];

export interface VerifyOptions {
  readonly onRows?: (rows: number) => void;
  /** Opens an encrypted file. */
  readonly unlock?: Unlock | undefined;
}

/**
 * Reads every byte of a snapshot: each block against its checksum, each row against its columns, each count and
 * digest against the manifest. Goes on behind damaged tables, so that all damage is named.
 *
 * @returns all damage; empty when the snapshot is good
 * @throws AppError SNAPSHOT.NOT_FOUND, FORMAT, VERSION, FOLDER.IO, ENCRYPTION.*
 */
export async function verifySnapshot(
  filePath: string,
  options: VerifyOptions = {},
): Promise<readonly Damage[]> {
  let file: SnapshotFile;
  try {
    file = await openSnapshotFile(filePath, options.unlock);
  } catch (error) {
    return [damageOf(error, null)];
  }
  try {
    const damages: Damage[] = [];
    for (const entry of file.manifest.tables) {
      const damage = await verifyTable(file, entry, options);
      if (damage !== null) damages.push(damage);
    }
    return damages;
  } finally {
    await file.close();
  }
}

async function verifyTable(
  file: SnapshotFile,
  entry: TableEntry,
  options: VerifyOptions,
): Promise<Damage | null> {
  try {
    const { columns } = await file.tableHead(entry);
    const check = new RowCheck(columns.map((column) => column.encoding));
    for await (const chunk of file.rows(entry)) {
      check.check(chunk);
      options.onRows?.(chunk.rows);
    }
    return null;
  } catch (error) {
    return damageOf(error, entry);
  }
}

function damageOf(error: unknown, table: TableEntry | null): Damage {
  if (!(error instanceof AppError) || notDamage.includes(error.code)) throw error;
  return { code: error.code, table, message: error.message };
}
