import type { TierServed } from '../operations/back-up-tier.ts';
import type { BackupRequest, BackupResult } from '../operations/backup.ts';
import type { Tier } from '../snapshot/header.ts';
import { findApplication, runLogged, type Workspace } from './workspace.ts';

export interface BackupOptions {
  /** Default: `backup-<UTC time>`, or the name of the tier's period. */
  readonly name?: string;
  /** The series of automatic snapshots that it serves. */
  readonly tier?: Tier;
  /** With `tier`: take another one although the period has its snapshot. */
  readonly force?: boolean;
  /** What it is for. */
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Only these models or tables. */
  readonly only?: readonly string[];
  /** All but these models or tables. */
  readonly exclude?: readonly string[];
  /** Every schema of the database, not only those that the application uses. */
  readonly allSchemas?: boolean;
  /** Take the backup folder over from another database, after a move. */
  readonly adopt?: boolean;
  /** `sqlite`: the whole database file in place of its rows. */
  readonly format?: 'sqlite';
}

/** Takes a snapshot of the application's database; of a tier only where the period has none yet. */
export function backUp(workspace: Workspace, options: BackupOptions): Promise<BackupResult | TierServed> {
  return runLogged(workspace, 'backup', async (ports) => {
    const request = await backupRequest(workspace, options);
    const { tier, force = false } = options;
    if (tier !== undefined) {
      const { backUpTier } = await import('../operations/back-up-tier.ts');
      const { schedule } = workspace.settings;
      return backUpTier(ports, { ...request, tier, schedule, force });
    }
    const { backup } = await import('../operations/backup.ts');
    return backup(ports, request);
  });
}

/** What a backup of the application has to know. */
export async function backupRequest(workspace: Workspace, options: BackupOptions): Promise<BackupRequest> {
  const { compression, compressionLevel, lockTimeoutMs } = workspace.settings;
  return {
    ...(await findApplication(workspace)),
    lockTimeoutMs,
    scope: { allSchemas: options.allSchemas ?? false },
    selection: { only: options.only ?? [], exclude: options.exclude ?? [] },
    name: options.name ?? null,
    tier: options.tier ?? null,
    description: options.description ?? null,
    tags: options.tags ?? [],
    compressionLevel: compression ? compressionLevel : null,
    asFile: options.format !== undefined,
    adopt: options.adopt ?? false,
  };
}
