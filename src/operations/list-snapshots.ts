import type { Ports } from '../ports.ts';
import type { Purpose, Tier } from '../snapshot/header.ts';

export interface ListedSnapshot {
  readonly id: string | null;
  readonly name: string;
  readonly path: string;
  /** Null when the file is not a readable snapshot. */
  readonly created: string | null;
  readonly purpose: Purpose | null;
  readonly tier: Tier | null;
  readonly rows: number | null;
  readonly bytes: number;
  readonly sha256: string | null;
  /** When it was last read back and found good, or null. */
  readonly verified: string | null;
  readonly pinned: boolean;
  readonly description: string | null;
  readonly tags: readonly string[];
}

export interface ListResult {
  readonly command: 'list';
  readonly ok: true;
  readonly folder: string;
  readonly snapshots: readonly ListedSnapshot[];
}

/** The snapshots of the backup folder, the newest first. Opens no snapshot whose sidecar is good. */
export async function listSnapshots({ folder }: Pick<Ports, 'folder'>): Promise<ListResult> {
  const snapshots = (await folder.list()).map(({ name, path, bytes, sidecar }) => ({
    id: sidecar?.id ?? null,
    ...{ name, path },
    created: sidecar?.created ?? null,
    purpose: sidecar?.purpose ?? null,
    tier: sidecar?.tier ?? null,
    rows: sidecar?.rows ?? null,
    bytes,
    sha256: sidecar?.sha256 ?? null,
    verified: sidecar?.verified ?? null,
    pinned: sidecar?.pinned ?? false,
    description: sidecar?.description ?? null,
    tags: sidecar?.tags ?? [],
  }));
  return { command: 'list', ok: true, folder: folder.path, snapshots };
}
