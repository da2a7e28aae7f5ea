import type { Sidecar } from '../snapshot/sidecar.ts';
import type { PartialFile } from '../util/atomic-file.ts';
import type { DatabaseIdentity, RestoreJournal } from './database.ts';
import type { TargetLog } from './offsite.ts';
import type { RunLog } from './run.ts';
import type { UploadMemory } from './store.ts';

/** A snapshot file in a backup folder, or anywhere else when it was named by its path. */
export interface StoredSnapshot {
  /** Without folder and ending: `daily-backup-2026-11-20`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Null when the file is not a readable snapshot. A lost sidecar is made again from the file, unverified. */
  readonly sidecar: Sidecar | null;
  /**
   * Why the sidecar, which is there, cannot be read; null otherwise. What is known comes from the snapshot file then, and
   * nobody knows whether it is pinned.
   */
  readonly sidecarFault: string | null;
}

/** What a restore writes down before it begins, and once more when it has ended: the last one is kept. */
export interface RestoreRecord extends RestoreJournal {
  readonly command: 'restore' | 'undo';
  readonly started: string;
  /** Null while it runs, and for ever when it died: then `statements` may be left to do. */
  readonly finished: string | null;
  readonly target: DatabaseIdentity;
  /** The path of what was restored. */
  readonly snapshot: string;
  /** The path of the safety snapshot, or null when none was taken. */
  readonly safety: string | null;
}

export interface ListOptions {
  /** Make lost sidecars again from their files, which reads the files whole; default true. */
  readonly remake?: boolean;
}

export interface FolderState {
  readonly isWritable: boolean;
  /** Whether others than the owner may add and remove files. */
  readonly isWritableByOthers: boolean;
  /** Names of snapshots that others than the owner can read. */
  readonly readableByOthers: readonly string[];
}

/** The folder in which the snapshots of one database are kept. Methods that write need its run lock. */
export interface BackupFolder {
  readonly path: string;
  /** The folder for snapshots of another database that a command was told to restore into. */
  folderFor(identity: DatabaseIdentity): BackupFolder;
  /** True when the folder is there; reading commands take a missing one for empty. */
  exists(): Promise<boolean>;
  /**
   * Takes the run lock, making the folder where it is missing, and removes what dead runs left in it. The lock ends
   * with `release`, or with the process.
   *
   * @throws AppError RUN.LOCKED, FOLDER.NOT_WRITABLE
   */
  lock(): Promise<RunLock>;
  /**
   * All snapshots, the newest first.
   *
   * @throws AppError FOLDER.IO when the folder cannot be read: an incomplete list is never returned
   */
  list(options?: ListOptions): Promise<readonly StoredSnapshot[]>;
  /**
   * @param reference a path, a name with or without ending, the beginning of an id, or `latest` (the newest snapshot
   * that is not a safety snapshot)
   * @throws AppError SNAPSHOT.NOT_FOUND, SNAPSHOT.AMBIGUOUS
   */
  find(reference: string): Promise<StoredSnapshot>;
  /** The database whose snapshots are here; null when there are none yet. */
  owner(): Promise<DatabaseIdentity | null>;
  freeBytes(): Promise<number>;
  /** A new file without a final name. */
  createPartial(): Promise<PartialFile>;
  /** Writes the checksum file and the sidecar of a snapshot that has its final name. */
  saveSidecar(snapshotPath: string, sidecar: Sidecar): Promise<void>;
  /**
   * Deletes a snapshot of this folder with its sidecar and its checksum. What a death in between leaves is deleted by
   * the next `lock`; until the file itself is gone its sidecar is there.
   *
   * @throws AppError FOLDER.IO, FOLDER.NOT_WRITABLE
   */
  deleteSnapshot(snapshotPath: string): Promise<void>;
  /** How the folder and its files stand; null when the folder is missing. */
  examine(): Promise<FolderState | null>;
  /**
   * The log of runs, on which alarms and the watch on the clock depend; null when there is none, or none that can be
   * understood.
   *
   * @throws AppError FOLDER.IO when it is there and cannot be read
   */
  readRuns(): Promise<RunLog | null>;
  /** Replaces the log of runs in one step; without the folder it does nothing. */
  writeRuns(log: RunLog): Promise<void>;
  /** What an upload of the file to the target has to remember. */
  uploadMemory(target: string, file: string): UploadMemory;
  /**
   * What is known of the targets; empty when nothing is, or nothing that can be understood.
   *
   * @throws AppError FOLDER.IO when it is there and cannot be read
   */
  readTargets(): Promise<TargetLog>;
  /** Replaces it in one step; without the folder it does nothing. */
  writeTargets(log: TargetLog): Promise<void>;
  /** The last restore into this folder's database; null when there was none, or it left no trace. */
  readLastRestore(): Promise<RestoreRecord | null>;
  /** Durable when it resolves. */
  writeLastRestore(record: RestoreRecord): Promise<void>;
  removeLastRestore(): Promise<void>;
}

export interface RunLock {
  release(): Promise<void>;
}
