import { hash } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError, describeError } from '../../errors.ts';
import type { BackupFolder, DatabaseIdentity, RestoreRecord, RunLock, StoredSnapshot } from '../../ports.ts';
import { checksumEnding, sidecarEnding } from '../../snapshot/name.ts';
import { formatSidecar, type Sidecar } from '../../snapshot/sidecar.ts';
import {
  createPrivateFile,
  exists,
  makeFolder,
  PartialFile,
  removeFileDurably,
  removePartials,
  writeFileAtomically,
} from '../../util/atomic-file.ts';
import { findSnapshot } from './find-snapshot.ts';
import { listSnapshots } from './list-snapshots.ts';
import { formatRecord, readRecordFile } from './restore-record.ts';

export interface LocalFolderOptions {
  readonly path: string;
  /** Takes the lock that the file at this path stands for. */
  readonly acquireLock: (lockFile: string) => RunLock;
}

export function openBackupFolder(options: LocalFolderOptions): BackupFolder {
  return new LocalBackupFolder(options);
}

class LocalBackupFolder implements BackupFolder {
  readonly path: string;
  readonly #acquireLock: (lockFile: string) => RunLock;

  constructor(options: LocalFolderOptions) {
    this.path = options.path;
    this.#acquireLock = options.acquireLock;
  }

  folderFor(identity: DatabaseIdentity): BackupFolder {
    // A name of our own making: a database's name never becomes a path.
    const digest = hash('sha256', JSON.stringify([identity.provider, identity.host, identity.name])).slice(
      0,
      12,
    );
    return new LocalBackupFolder({
      path: path.join(this.path, `other-${digest}`),
      acquireLock: this.#acquireLock,
    });
  }

  exists(): Promise<boolean> {
    return exists(this.path);
  }

  async lock(): Promise<RunLock> {
    const lockFile = path.join(this.path, '.holdfast.lock');
    try {
      await makeFolder(this.path);
      await createPrivateFile(lockFile);
      const lock = this.#acquireLock(lockFile);
      await removePartials(this.path);
      return lock;
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError(
        'FOLDER.NOT_WRITABLE',
        `Cannot write to the backup folder ${this.path}: ${describeError(error)}`,
        {
          hint: 'Give this user the folder, or choose another one with --dir or BACKUP_DIR',
          cause: error,
        },
      );
    }
  }

  list(): Promise<readonly StoredSnapshot[]> {
    return listSnapshots(this.path);
  }

  find(reference: string): Promise<StoredSnapshot> {
    return findSnapshot(this.path, reference);
  }

  async owner(): Promise<DatabaseIdentity | null> {
    const newest = (await this.list()).find((snapshot) => snapshot.sidecar !== null);
    return newest?.sidecar?.database ?? null;
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  createPartial(): Promise<PartialFile> {
    return PartialFile.create(this.path);
  }

  async saveSidecar(snapshotPath: string, sidecar: Sidecar): Promise<void> {
    // Two spaces: the form that `sha256sum -c` reads, run in the folder.
    await writeFileAtomically(
      `${snapshotPath}${checksumEnding}`,
      `${sidecar.sha256}  ${path.basename(snapshotPath)}\n`,
    );
    await writeFileAtomically(`${snapshotPath}${sidecarEnding}`, formatSidecar(sidecar));
  }

  readLastRestore(): Promise<RestoreRecord | null> {
    return readRecordFile(this.#recordPath);
  }

  async writeLastRestore(record: RestoreRecord): Promise<void> {
    await writeFileAtomically(this.#recordPath, formatRecord(record));
  }

  async removeLastRestore(): Promise<void> {
    if (await exists(this.#recordPath)) await removeFileDurably(this.#recordPath);
  }

  get #recordPath(): string {
    return path.join(this.path, '.holdfast-restore.json');
  }
}
