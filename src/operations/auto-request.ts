import type { Schedule } from '../retention/schedule.ts';
import type { Tier } from '../snapshot/header.ts';
import type { BackupRequest, BackupResult } from './backup.ts';
import type { CleanupRequest, CleanupResult } from './cleanup.ts';
import type { DrillRequest, DrillResult } from './drilling/request.ts';

export interface AutoRequest {
  readonly schedule: Schedule;
  readonly cleanup: CleanupRequest;
  /** Finds the application's database; asked for only when something is due. */
  readonly findRequest: () => Promise<BackupRequest>;
  /** What to restore on trial, and where; asked for only when a drill is due. */
  readonly findDrill?: () => Promise<DrillRequest>;
}

export interface AutoResult {
  readonly command: 'auto';
  /** False when the snapshot was taken, and a copy of it, the cleanup or the drill after it failed. */
  readonly ok: boolean;
  readonly due: readonly Tier[];
  readonly snapshot: BackupResult['snapshot'] | null;
  /** As of `backup`. */
  readonly offsite: BackupResult['offsite'];
  readonly cleanup: CleanupResult | null;
  /** Of the drill that was due; absent when none was, or it failed. */
  readonly drill?: DrillResult;
  /** Why nothing was done although something is due; null otherwise. */
  readonly skipped: string | null;
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/** The result of a call that has nothing to do, or leaves it for later. */
export function nothingDone(due: readonly Tier[], skipped: string | null): AutoResult {
  const common = { command: 'auto', ok: true, snapshot: null, offsite: [], cleanup: null } as const;
  return { ...common, due, skipped, warnings: [], durationMs: 0 };
}
