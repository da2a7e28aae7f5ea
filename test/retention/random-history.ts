import type { PolicyFacts } from '../../src/retention/apply-policy.ts';
import type { Candidate } from '../../src/retention/candidate.ts';
import type { RetentionPolicy, Rule } from '../../src/retention/policy.ts';
import { type Tier, tiers } from '../../src/snapshot/header.ts';
import type { Sidecar } from '../../src/snapshot/sidecar.ts';
import { shop, snapshotAt } from './sidecars.ts';

export interface History {
  readonly snapshots: readonly Candidate[];
  readonly policy: RetentionPolicy;
  readonly facts: PolicyFacts;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const day = 86_400_000;

/** What may stand in a backup folder after months of nights, good and bad, with a clock that may have leapt. */
export function randomHistory(random: () => number): History {
  const below = (limit: number): number => Math.floor(random() * limit);
  const chance = (share: number): boolean => random() < share;
  const ruleOf = (): Rule | null => {
    if (chance(0.15)) return null;
    return chance(0.5) ? { days: 1 + below(40) } : { count: 1 + below(8) };
  };
  const now = Date.UTC(2026, 0, 1) + below(1000) * day + below(day);
  const snapshots = Array.from({ length: below(14) }, (_, index) => {
    const leap = chance(0.05) ? (below(800) - 400) * day : 0;
    const at = now - below(70 * 24) * 3_600_000 + leap + index;
    const serves: Tier[] = chance(0.2) ? [] : tiers.filter(() => chance(0.5));
    const one = snapshotAt(at, serves, {
      rows: chance(0.15) ? below(100) : 1000 + below(50),
      ...mark(random),
    });
    return chance(0.04) ? { ...one, sidecar: null } : one;
  });
  const needed = new Map(snapshots.filter(() => chance(0.05)).map(({ path }) => [path, 'needed']));
  return {
    snapshots,
    policy: {
      daily: ruleOf(),
      weekly: ruleOf(),
      monthly: ruleOf(),
      manual: chance(0.7) ? null : { days: 1 + below(40) },
      safety: chance(0.2) ? null : { days: 1 + below(40) },
      maxCount: chance(0.7) ? null : 1 + below(6),
    },
    facts: { now: new Date(now), owner: shop, needed, isClockTrusted: chance(0.9) },
  };
}

function mark(random: () => number): Partial<Sidecar> {
  const roll = random();
  if (roll < 0.12) return { verified: null };
  if (roll < 0.18) return { partial: true };
  if (roll < 0.25) return { purpose: 'safety' };
  if (roll < 0.3) return { pinned: true };
  return roll < 0.34 ? { database: { ...shop, name: 'other' } } : {};
}
