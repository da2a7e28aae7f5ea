import { type Tier, tiers } from '../snapshot/header.ts';
import type { Sidecar } from '../snapshot/sidecar.ts';

/** A snapshot file as decisions on tiers and retention see it. */
export interface Candidate {
  readonly name: string;
  readonly path: string;
  /** Null when nothing certain is known of the file. */
  readonly sidecar: Sidecar | null;
  /** Why its notes cannot be read although they are there: it may be pinned then, whatever `sidecar` says. */
  readonly sidecarFault?: string | null;
}

/** The tiers that a snapshot serves, the shortest first; none for a snapshot made by hand. */
export function tiersServed({ serves, tier }: Pick<Sidecar, 'serves' | 'tier'>): readonly Tier[] {
  if (serves !== undefined && serves.length > 0) return tiers.filter((one) => serves.includes(one));
  return tier === null ? [] : [tier];
}

/** True for a verified snapshot of the application's data with all tables in it. */
export function isWholeAndVerified(sidecar: Sidecar | null): sidecar is Sidecar {
  return (
    sidecar !== null && sidecar.purpose === 'backup' && sidecar.verified !== null && sidecar.partial !== true
  );
}
