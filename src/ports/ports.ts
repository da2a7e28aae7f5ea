import type { Seal } from '../crypto/seal.ts';
import type { Unlock } from '../util/byte-source.ts';
import type { BackupFolder } from './backup-folder.ts';
import type { Engines } from './database.ts';
import type { OpenDrillPlace } from './drill.ts';
import type { OffsiteTarget } from './offsite.ts';
import type { RunObserver } from './run.ts';

export interface Clock {
  now(): Date;
}

/** Receives what a long operation is doing. Calls are cheap and may be many. */
export interface Progress {
  /** A new phase began, such as `reading`; `total` is an estimate in rows, null when there are none or it is unknown. */
  phase(label: string, total: number | null): void;
  /** What the phase is at now, such as a table's name. */
  item(name: string): void;
  /** So many more rows of the phase are done. */
  advance(rows: number): void;
  /** A sentence that the operator should read; never a secret. */
  note(message: string): void;
}

/** Everything an operation reaches the outside through. */
export interface Ports {
  readonly engines: Engines;
  readonly openDrillPlace: OpenDrillPlace;
  readonly folder: BackupFolder;
  readonly clock: Clock;
  readonly progress: Progress;
  /** A new random id, 16 hex digits. */
  readonly newId: () => string;
  /** Name and version of this program. */
  readonly tool: string;
  /** The number of this process, and whether one with another number runs. */
  readonly processId: number;
  readonly isProcessAlive: (processId: number) => boolean;
  /** The places for copies outside the backup folder; read from the settings when they are asked for. */
  readonly targets?: () => Promise<readonly OffsiteTarget[]>;
  /** Told of each run: history, notifications. */
  readonly observers?: readonly RunObserver[];
  readonly signal?: AbortSignal;
  /** Encrypts every snapshot that is taken; without it they are written as they are. */
  readonly seal?: Seal;
  /** Opens encrypted snapshots with the operator's keys; absent when none was given. */
  readonly unlock?: Unlock;
}
