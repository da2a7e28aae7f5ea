import { applyPolicy } from '../../src/retention/apply-policy.ts';
import { type Candidate, isWholeAndVerified, tiersServed } from '../../src/retention/candidate.ts';
import { findSuspicious } from '../../src/retention/suspicious.ts';
import type { Sidecar } from '../../src/snapshot/sidecar.ts';
import type { History } from './random-history.ts';
import { shop } from './sidecars.ts';

export type Apply = typeof applyPolicy;

/** The laws of retention that a policy's plan breaks, by name. */
export function brokenLaws(history: History, apply: Apply = applyPolicy): string[] {
  const { snapshots, policy, facts } = history;
  const gone = removedBy(apply, history);
  const past = snapshots.filter((one) => isOurs(one) && createdOf(one) <= facts.now.getTime());
  const good = past.filter(({ sidecar }) => isWholeAndVerified(sidecar));
  const newest = good.reduce<Candidate | null>(
    (best, one) => (best === null || keyOf(one) > keyOf(best) ? one : best),
    null,
  );
  const suspicious = findSuspicious(past);
  const solid = good.filter(({ path }) => !suspicious.has(path));
  const broken: string[] = [];
  const holds = (law: string, isHeld: boolean): void => {
    if (!isHeld) broken.push(law);
  };
  holds('pinned stays', !snapshots.some((one) => one.sidecar?.pinned === true && gone.has(one.path)));
  holds('needed stays', ![...facts.needed.keys()].some((path) => gone.has(path)));
  holds('unreadable stays', !snapshots.some((one) => one.sidecar === null && gone.has(one.path)));
  holds(
    'unverified stays',
    !snapshots.some(
      (one) => one.sidecar?.verified === null && one.sidecar.purpose === 'backup' && gone.has(one.path),
    ),
  );
  holds('others stay', !snapshots.some((one) => one.sidecar !== null && !isOurs(one) && gone.has(one.path)));
  holds('future stays', !snapshots.some((one) => createdOf(one) > facts.now.getTime() && gone.has(one.path)));
  holds('newest verified stays', newest === null || !gone.has(newest.path));
  holds(
    'nothing good, nothing gone by age',
    solid.length > 0 || !snapshots.some((one) => one.sidecar?.purpose === 'safety' && gone.has(one.path)),
  );
  for (const tier of ['daily', 'weekly', 'monthly'] as const) {
    const rule = policy[tier];
    if (rule === null || !('count' in rule) || policy.maxCount !== null) continue;
    const ofTier = solid.filter(({ sidecar }) => tiersServed(sidecar!).includes(tier));
    const kept = ofTier.filter(({ path }) => !gone.has(path)).length;
    holds(`the newest ${tier} ones stay`, kept >= Math.min(rule.count, ofTier.length));
  }
  holds(
    'bad ones displace nothing',
    isSubset(removedBy(apply, history), removedBy(apply, withoutBad(history)), solid),
  );
  holds(
    'a doubtful clock deletes nothing for its age',
    hasCounts(policy) || removedBy(apply, withDoubt(history)).size === 0,
  );
  holds('time alone deletes nothing', isSubset(removedBy(apply, later(history)), gone, past));
  holds(
    'a clock set back deletes nothing more',
    isSubset(removedBy(apply, earlier(history)), gone, fullOf(past)),
  );
  return broken;
}

function removedBy(apply: Apply, { snapshots, policy, facts }: History): ReadonlySet<string> {
  const decisions = apply(snapshots, policy, facts);
  return new Set(decisions.filter(({ action }) => action === 'remove').map(({ snapshot }) => snapshot.path));
}

/** Whether what is in `part` is in `whole`, as far as these snapshots go. */
function isSubset(
  part: ReadonlySet<string>,
  whole: ReadonlySet<string>,
  among?: readonly Candidate[],
): boolean {
  const paths =
    among === undefined ? [...part] : among.map(({ path }) => path).filter((path) => part.has(path));
  return paths.every((path) => whole.has(path));
}

/** The same folder without what is unverified, partial, unreadable, foreign or of the future. */
function withoutBad(history: History): History {
  const { facts, snapshots } = history;
  const kept = snapshots.filter(
    (one) =>
      isOurs(one) &&
      createdOf(one) <= facts.now.getTime() &&
      (one.sidecar?.purpose === 'safety' || isWholeAndVerified(one.sidecar)),
  );
  return { ...history, snapshots: kept };
}

function withDoubt(history: History): History {
  return { ...history, facts: { ...history.facts, isClockTrusted: false } };
}

function hasCounts({ maxCount, manual, safety, ...automatic }: History['policy']): boolean {
  const rules = [manual, safety, ...Object.values(automatic)];
  return maxCount !== null || rules.some((rule) => rule !== null && 'count' in rule);
}

/** Four hundred days on, without a new snapshot; those of the future stay what they are. */
function later(history: History): History {
  const { facts, snapshots } = history;
  const past = snapshots.filter((one) => !(createdOf(one) > facts.now.getTime()));
  return {
    ...history,
    snapshots: past,
    facts: { ...facts, now: new Date(facts.now.getTime() + 400 * 86_400_000) },
  };
}

function earlier(history: History): History {
  const { facts } = history;
  return { ...history, facts: { ...facts, now: new Date(facts.now.getTime() - 20 * 86_400_000) } };
}

/** Where nothing is suspicious: what the past was like is another question 20 days earlier. */
function fullOf(past: readonly Candidate[]): readonly Candidate[] {
  return past.some(({ sidecar }) => sidecar !== null && sidecar.rows < 1000) ? [] : past;
}

function isOurs({ sidecar }: Candidate): boolean {
  return sidecar !== null && sidecar.database.name === shop.name;
}

function createdOf({ sidecar }: { readonly sidecar: Sidecar | null }): number {
  return sidecar === null ? Number.NaN : Date.parse(sidecar.created);
}

function keyOf({ sidecar, name }: Candidate): string {
  return `${sidecar?.created ?? ''} ${name}`;
}
