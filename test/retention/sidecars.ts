import type { Candidate } from '../../src/retention/candidate.ts';
import type { Tier } from '../../src/snapshot/header.ts';
import type { Sidecar } from '../../src/snapshot/sidecar.ts';

export const shop: Sidecar['database'] = { provider: 'postgresql', host: 'db:5432', name: 'shop' };

/** A verified snapshot made at that time, for the tiers that are named. */
export function snapshotAt(
  created: string | number,
  serves: readonly Tier[] = [],
  more: Partial<Sidecar> = {},
): Candidate & { readonly sidecar: Sidecar } {
  const iso = new Date(created).toISOString();
  const name = `${serves[0] ?? 'manual'}-${iso.replaceAll(':', '-')}`;
  const sidecar: Sidecar = {
    id: 'a'.repeat(16),
    kind: 'full',
    purpose: 'backup',
    tier: serves[0] ?? null,
    ...(serves.length > 1 ? { serves } : {}),
    created: iso,
    rows: 1000,
    bytes: 50_000,
    sha256: '0'.repeat(64),
    database: shop,
    description: null,
    tags: [],
    pinned: false,
    verified: iso,
    drilled: null,
    before: null,
    ...more,
  };
  return { name, path: `/backups/${name}.json.gz`, sidecar };
}
