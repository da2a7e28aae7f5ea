import { readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, describeError, systemCode } from '../../errors.ts';
import type { ListOptions, StoredSnapshot } from '../../ports/backup-folder.ts';
import { isSnapshotFile, sidecarEnding, withoutEnding } from '../../snapshot/name.ts';
import { makeSidecar, parseSidecar, type Sidecar } from '../../snapshot/sidecar.ts';
import type { Unlock } from '../../util/byte-source.ts';

export interface FolderReading extends ListOptions {
  /** Opens an encrypted snapshot whose sidecar was lost. */
  readonly unlock?: Unlock | undefined;
}

/** All snapshots of a folder, the newest first; a missing folder holds none. */
export async function listSnapshots(
  folder: string,
  { remake = true, unlock }: FolderReading = {},
): Promise<readonly StoredSnapshot[]> {
  const names = (await readFolder(folder)).filter(isSnapshotFile).sort();
  const snapshots: StoredSnapshot[] = [];
  for (const name of names)
    snapshots.push(await describeSnapshot(path.join(folder, name), { remake, unlock }));
  return snapshots.sort(byAge);
}

/** What is known of one snapshot file. */
export async function describeSnapshot(
  filePath: string,
  { remake = true, unlock }: FolderReading = {},
): Promise<StoredSnapshot> {
  // Not through promises: for a thousand small files that costs four times as much.
  const { size } = statSync(filePath);
  const { fault, ...stored } = readSidecar(filePath, size);
  const sidecar =
    stored.sidecar === null && remake ? await remakeSidecar(filePath, size, unlock) : stored.sidecar;
  const name = withoutEnding(path.basename(filePath));
  return { name, path: filePath, bytes: size, sidecar, sidecarFault: fault };
}

/** Newest first; files that are no snapshots last. */
function byAge(a: StoredSnapshot, b: StoredSnapshot): number {
  const [first, second] = [a.sidecar?.created ?? '', b.sidecar?.created ?? ''];
  if (first === second) return a.name < b.name ? 1 : -1;
  return first < second ? 1 : -1;
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new AppError('FOLDER.IO', `Cannot read the backup folder ${folder}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** The stored sidecar, or null when it is lost, damaged, or describes another file; and why it cannot be read. */
function readSidecar(
  filePath: string,
  bytes: number,
): { readonly sidecar: Sidecar | null; readonly fault: string | null } {
  try {
    const sidecar = parseSidecar(readFileSync(`${filePath}${sidecarEnding}`, 'utf8'));
    return { sidecar: sidecar.bytes === bytes ? sidecar : null, fault: null };
  } catch (error) {
    if (error instanceof AppError || systemCode(error) === 'ENOENT') return { sidecar: null, fault: null };
    if (systemCode(error) !== undefined) return { sidecar: null, fault: describeError(error) };
    throw error;
  }
}

/** A sidecar from the file itself, or null when that is not a readable snapshot. */
async function remakeSidecar(
  filePath: string,
  bytes: number,
  unlock: Unlock | undefined,
): Promise<Sidecar | null> {
  // Loaded late: a look at the sidecars alone opens no snapshot.
  const { openSnapshotFile } = await import('../../snapshot/reader.ts');
  const { readFileHeader } = await import('../../snapshot/database-file.ts');
  const { hashFile } = await import('../../util/hash-file.ts');
  try {
    const whole = await readFileHeader(filePath);
    const facts = { bytes, sha256: await hashFile(filePath), verified: null };
    if (whole !== null) {
      const rows = whole.tables.reduce((sum, table) => sum + table.rows, 0);
      return makeSidecar({ ...facts, header: whole, rows, isEncrypted: false });
    }
    const file = await openSnapshotFile(filePath, unlock);
    await file.close();
    const { header, manifest, isEncrypted } = file;
    return makeSidecar({ ...facts, header, rows: manifest.rows, isEncrypted });
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
