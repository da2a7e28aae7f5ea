import type { SyncRequest, SyncResult } from '../operations/sync.ts';
import { runLogged, type Workspace } from './workspace.ts';

/** The snapshots of so many days are looked at when nothing else is asked for. */
export const usualSyncDays = 7;

export interface SyncOptions {
  /** `push` (default) copies what is missing on the targets, `pull` what is missing here; `status` only compares. */
  readonly direction?: SyncRequest['direction'];
  /** Only this target. */
  readonly target?: string;
  /** The snapshots of so many days, null for those of any age; default 7. */
  readonly days?: number | null;
  /** Say what would be copied; copy nothing. */
  readonly dryRun?: boolean;
}

/** Compares the backup folder with its targets, and copies what is missing. */
export async function syncTargets(workspace: Workspace, options: SyncOptions): Promise<SyncResult> {
  const { sync } = await import('../operations/sync.ts');
  const { direction = 'push', target = null, days = usualSyncDays, dryRun = false } = options;
  const request: SyncRequest = { direction, target, days, dryRun };
  const isReading = dryRun || direction === 'status';
  if (isReading) return sync(workspace.ports, request);
  return runLogged(workspace, 'sync', (ports) => sync(ports, request));
}
