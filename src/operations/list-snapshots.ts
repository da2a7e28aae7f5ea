import { basename } from 'node:path';
import type { Ports } from '../ports/ports.ts';
import { tiersServed } from '../retention/candidate.ts';
import type { Purpose, Tier } from '../snapshot/header.ts';
import { hasEncryptedName } from '../snapshot/name.ts';
import type { Verification } from '../snapshot/sidecar.ts';
import { chooseTargets } from './offsite/use-target.ts';
import { type SyncedTarget, syncTargets } from './sync.ts';

export interface ListedSnapshot {
  readonly id: string | null;
  readonly name: string;
  readonly path: string;
  /** Null when the file is not a readable snapshot. */
  readonly created: string | null;
  readonly purpose: Purpose | null;
  readonly tier: Tier | null;
  /** Every tier that it serves: one snapshot may stand for several. */
  readonly tiers: readonly Tier[];
  readonly rows: number | null;
  readonly bytes: number;
  readonly sha256: string | null;
  /** When it was last read back and found good, or null. */
  readonly verified: string | null;
  /** Of an encrypted snapshot: how it was verified. */
  readonly verifiedBy: Verification | null;
  /** When it was last restored and checked in a database of a drill, or null. */
  readonly drilled: string | null;
  readonly encrypted: boolean;
  readonly pinned: boolean;
  readonly description: string | null;
  readonly tags: readonly string[];
}

export interface ListResult {
  readonly command: 'list';
  readonly ok: true;
  readonly folder: string;
  readonly snapshots: readonly ListedSnapshot[];
  /** How each snapshot stands on each target; only where it was asked for. */
  readonly targets?: readonly SyncedTarget[];
}

/** The snapshots of the backup folder, the newest first. Opens no snapshot whose sidecar is good. */
export async function listSnapshots({ folder }: Pick<Ports, 'folder'>): Promise<ListResult> {
  const snapshots = (await folder.list()).map(({ name, path, bytes, sidecar }) => ({
    id: sidecar?.id ?? null,
    ...{ name, path },
    created: sidecar?.created ?? null,
    purpose: sidecar?.purpose ?? null,
    tier: sidecar?.tier ?? null,
    tiers: sidecar === null ? [] : tiersServed(sidecar),
    rows: sidecar?.rows ?? null,
    bytes,
    sha256: sidecar?.sha256 ?? null,
    verified: sidecar?.verified ?? null,
    verifiedBy: sidecar?.verifiedBy ?? null,
    drilled: sidecar?.drilled ?? null,
    encrypted: hasEncryptedName(basename(path)),
    pinned: sidecar?.pinned ?? false,
    description: sidecar?.description ?? null,
    tags: sidecar?.tags ?? [],
  }));
  return { command: 'list', ok: true, folder: folder.path, snapshots };
}

/**
 * The same with what is on the targets. A target that cannot be reached says so in its place.
 *
 * @throws AppError USAGE when there is no target
 */
export async function listEverywhere(ports: Ports): Promise<ListResult> {
  const targets = await chooseTargets(ports, null);
  const synced = await syncTargets(ports, targets, { direction: 'status', days: null, dryRun: true });
  return { ...(await listSnapshots(ports)), targets: synced };
}
