import { type Candidate, isWholeAndVerified } from './candidate.ts';

/** How many earlier snapshots a new one is compared with. */
const compared = 7;

/** Fewer rows than this share of the usual number are suspicious. */
const smallestShare = 0.1;

/**
 * The paths of snapshots that hold next to nothing of what the ones before them held. They may be good copies of a
 * database that somebody has emptied, so they take no place that a full one had. When most of the last ones are small,
 * small is what is usual.
 */
export function findSuspicious(snapshots: readonly Candidate[]): ReadonlySet<string> {
  const whole = snapshots
    .flatMap(({ path, sidecar }) => (isWholeAndVerified(sidecar) ? [{ path, sidecar }] : []))
    .sort((a, b) => compareText(a.sidecar.created, b.sidecar.created));
  const suspicious = whole.filter(({ sidecar }, index) => {
    const before = whole.slice(Math.max(0, index - compared), index).map((one) => one.sidecar.rows);
    return before.length > 0 && isFarBelow(sidecar.rows, medianOf(before));
  });
  return new Set(suspicious.map(({ path }) => path));
}

/** True when a number is a tenth or less of what is usual. */
export function isFarBelow(value: number, usual: number): boolean {
  return usual > 0 && value <= usual * smallestShare;
}

/** The middle one of some numbers; of an even count the greater of the two. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
