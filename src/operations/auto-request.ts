import type { Schedule } from '../retention/schedule.ts';
import type { Tier } from '../snapshot/header.ts';
import type { BackupRequest, BackupResult } from './backup.ts';
import type { CleanupRequest, CleanupResult } from './cleanup.ts';

export interface AutoRequest {
  readonly schedule: Schedule;
  readonly cleanup: CleanupRequest;
  /** Finds the application's database; asked for only when something is due. */
  readonly findRequest: () => Promise<BackupRequest>;
}

export interface AutoResult {
  readonly command: 'auto';
  /** False when the snapshot was taken and the cleanup after it failed. */
  readonly ok: boolean;
  readonly due: readonly Tier[];
  readonly snapshot: BackupResult['snapshot'] | null;
  readonly cleanup: CleanupResult | null;
  /** Why nothing was done although something is due; null otherwise. */
  readonly skipped: string | null;
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/** The result of a call that has nothing to do, or leaves it for later. */
export function nothingDone(due: readonly Tier[], skipped: string | null): AutoResult {
  const common = { command: 'auto', ok: true, snapshot: null, cleanup: null } as const;
  return { ...common, due, skipped, warnings: [], durationMs: 0 };
}
