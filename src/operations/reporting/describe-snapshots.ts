import type { HeldSnapshots, ReportSnapshot, SnapshotKind } from '../../export/report.ts';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import { tiersServed } from '../../retention/candidate.ts';
import { tiers } from '../../snapshot/header.ts';
import type { Sidecar } from '../../snapshot/sidecar.ts';

/** @param removed the paths that the next cleanup removes */
export function describeSnapshots(
  stored: readonly StoredSnapshot[],
  removed: ReadonlySet<string>,
): readonly ReportSnapshot[] {
  return stored.map(({ name, path, bytes, sidecar }) => ({
    name,
    created: sidecar?.created ?? null,
    kinds: sidecar === null ? [] : kindsOf(sidecar),
    rows: sidecar?.rows ?? null,
    bytes,
    verified: sidecar?.verified ?? null,
    drilled: sidecar?.drilled ?? null,
    pinned: sidecar?.pinned ?? false,
    whole: sidecar !== null && sidecar.partial !== true,
    removedNext: removed.has(path),
  }));
}

function kindsOf(sidecar: Sidecar): readonly SnapshotKind[] {
  if (sidecar.purpose === 'safety') return ['safety'];
  const served = tiersServed(sidecar);
  return served.length === 0 ? ['manual'] : served;
}

const kinds: readonly SnapshotKind[] = [...tiers, 'manual', 'safety'];

export function countHeld(snapshots: readonly ReportSnapshot[]): readonly HeldSnapshots[] {
  return kinds.flatMap((kind) => {
    const ofKind = snapshots.filter((snapshot) => snapshot.kinds.includes(kind));
    const created = ofKind.flatMap((snapshot) => snapshot.created ?? []).sort();
    if (created.length === 0) return [];
    return [
      {
        kind,
        count: ofKind.length,
        verified: ofKind.filter(({ verified }) => verified !== null).length,
        bytes: ofKind.reduce((sum, { bytes }) => sum + bytes, 0),
        oldest: created[0]!,
        newest: created.at(-1)!,
      },
    ];
  });
}
