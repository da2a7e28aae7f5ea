import { hash } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError, describeError } from '../../errors.ts';
import type {
  BackupFolder,
  FolderState,
  ListOptions,
  RestoreRecord,
  RunLock,
  StoredSnapshot,
} from '../../ports/backup-folder.ts';
import type { DatabaseIdentity } from '../../ports/database.ts';
import type { TargetLog } from '../../ports/offsite.ts';
import type { RunLog } from '../../ports/run.ts';
import type { UploadMemory } from '../../ports/store.ts';
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
import type { Unlock } from '../../util/byte-source.ts';
import { deleteSnapshotFile, finishDeletion } from './delete-snapshot.ts';
import { examineFolder } from './examine-folder.ts';
import { findSnapshot } from './find-snapshot.ts';
import { listSnapshots } from './list-snapshots.ts';
import { formatRecord, readRecordFile } from './restore-record.ts';
import { formatRunLog, readRunLogFile } from './run-log-file.ts';
import { formatTargetLog, readTargetLogFile } from './target-log-file.ts';
import { openUploadMemory } from './upload-memory.ts';

export interface LocalFolderOptions {
  readonly path: string;
  /** Takes the lock that the file at this path stands for. */
  readonly acquireLock: (lockFile: string) => Promise<RunLock>;
  /** Opens encrypted snapshots whose sidecars were lost. */
  readonly unlock?: Unlock | undefined;
}

export function openBackupFolder(options: LocalFolderOptions): BackupFolder {
  return new LocalBackupFolder(options);
}

class LocalBackupFolder implements BackupFolder {
  readonly path: string;
  readonly #acquireLock: (lockFile: string) => Promise<RunLock>;
  readonly #unlock: Unlock | undefined;

  constructor(options: LocalFolderOptions) {
    this.path = options.path;
    this.#acquireLock = options.acquireLock;
    this.#unlock = options.unlock;
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
      unlock: this.#unlock,
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
      const lock = await this.#acquireLock(lockFile);
      try {
        await removePartials(this.path);
        await finishDeletion(this.path);
      } catch (error) {
        await lock.release();
        throw error;
      }
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

  list(options: ListOptions = {}): Promise<readonly StoredSnapshot[]> {
    return listSnapshots(this.path, { ...options, unlock: this.#unlock });
  }

  find(reference: string): Promise<StoredSnapshot> {
    return findSnapshot(this.path, reference, { unlock: this.#unlock });
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

  deleteSnapshot(snapshotPath: string): Promise<void> {
    return deleteSnapshotFile(this.path, snapshotPath);
  }

  examine(): Promise<FolderState | null> {
    return examineFolder(this.path);
  }

  readRuns(): Promise<RunLog | null> {
    return readRunLogFile(this.#runsPath);
  }

  async writeRuns(log: RunLog): Promise<void> {
    if (await exists(this.path)) await writeFileAtomically(this.#runsPath, formatRunLog(log));
  }

  uploadMemory(target: string, file: string): UploadMemory {
    return openUploadMemory(this.path, target, file);
  }

  readTargets(): Promise<TargetLog> {
    return readTargetLogFile(this.#targetsPath);
  }

  async writeTargets(log: TargetLog): Promise<void> {
    if (await exists(this.path)) await writeFileAtomically(this.#targetsPath, formatTargetLog(log));
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

  get #runsPath(): string {
    return path.join(this.path, '.holdfast-runs.json');
  }

  get #targetsPath(): string {
    return path.join(this.path, '.holdfast-targets.json');
  }

  get #recordPath(): string {
    return path.join(this.path, '.holdfast-restore.json');
  }
}
