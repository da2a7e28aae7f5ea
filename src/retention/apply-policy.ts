import type { Sidecar } from '../snapshot/sidecar.ts';
import { type Candidate, isWholeAndVerified, tiersServed } from './candidate.ts';
import { findPolicyFaults, type RetentionPolicy, type Rule } from './policy.ts';
import { findSuspicious } from './suspicious.ts';

export interface RetentionDecision<T extends Candidate = Candidate> {
  readonly snapshot: T;
  readonly action: 'keep' | 'remove';
  /** Why, for a person. */
  readonly reason: string;
  /** True when it stays only because it was made by hand. */
  readonly isManual: boolean;
}

export interface PolicyFacts {
  readonly now: Date;
  /** The database whose folder it is; null when that is not known. */
  readonly owner: Sidecar['database'] | null;
  /** Why a snapshot, by its path, must stay whatever the policy says. */
  readonly needed: ReadonlyMap<string, string>;
  /** False after a leap of the clock: then no age counts. */
  readonly isClockTrusted: boolean;
}

type Verdict = Omit<RetentionDecision, 'snapshot'>;

const dayMs = 86_400_000;

/**
 * Decides for each snapshot whether it stays. Pure: the same facts give the same plan.
 *
 * Ages count from the newest good snapshot and not from now: when backups stop, deletion stops. Unverified, partial and
 * suspicious snapshots count for nothing. A policy with a fault removes nothing.
 */
export function applyPolicy<T extends Candidate>(
  snapshots: readonly T[],
  policy: RetentionPolicy,
  facts: PolicyFacts,
): readonly RetentionDecision<T>[] {
  const faults = findPolicyFaults(policy);
  if (faults.length > 0) {
    const reason = `the policy is odd: ${faults.join('; ')}`;
    return snapshots.map((snapshot) => ({ snapshot, ...keep(reason) }));
  }
  const known = { ...facts, ...surveyOf(snapshots, facts) };
  return snapshots.map((snapshot) => ({ snapshot, ...decide(snapshot, policy, known) }));
}

interface Survey {
  /** Good snapshots of the past, the newest first. */
  readonly good: readonly (Candidate & { readonly sidecar: Sidecar })[];
  readonly suspicious: ReadonlySet<string>;
  /** The newest verified snapshot, suspicious or not. */
  readonly newest: string | null;
  /** The newest that was restored and checked by a drill: the strongest proof there is. */
  readonly drilled: string | null;
}

function surveyOf(snapshots: readonly Candidate[], facts: PolicyFacts): Survey {
  const ours = snapshots.filter(({ sidecar }) => sidecar !== null && isOurs(sidecar, facts));
  const past = ours.filter(({ sidecar }) => Date.parse(sidecar!.created) <= facts.now.getTime());
  const suspicious = findSuspicious(past);
  const verified = past
    .flatMap(({ name, path, sidecar }) => (isWholeAndVerified(sidecar) ? [{ name, path, sidecar }] : []))
    .sort(newestFirst);
  return {
    good: verified.filter(({ path }) => !suspicious.has(path)),
    suspicious,
    newest: verified[0]?.path ?? null,
    drilled: verified.find(({ sidecar }) => sidecar.drilled !== null)?.path ?? null,
  };
}

/** Files of the same instant are told apart by their names, so that the order never depends on the listing. */
function newestFirst(a: { sidecar: Sidecar; name: string }, b: { sidecar: Sidecar; name: string }): number {
  const [first, second] = [`${a.sidecar.created} ${a.name}`, `${b.sidecar.created} ${b.name}`];
  if (first === second) return 0;
  return first < second ? 1 : -1;
}

function decide(snapshot: Candidate, policy: RetentionPolicy, known: PolicyFacts & Survey): Verdict {
  const { sidecar, path } = snapshot;
  if (sidecar === null) return keep('it cannot be read, so nothing is known of it');
  const must = mustStay(snapshot, sidecar, known);
  if (must !== null) return keep(must);
  if (sidecar.purpose === 'safety') return bySafetyRule(sidecar, policy, known);
  if (sidecar.verified === null) {
    return keep('it is not verified and counts for nothing; holdfast validate backup, or delete, decides');
  }
  if (tiersServed(sidecar).length === 0 || sidecar.partial === true) {
    return byManualRule({ path, sidecar }, policy.manual, known);
  }
  return byTierRules({ path, sidecar }, policy, known);
}

/** What no policy overrules. */
function mustStay(snapshot: Candidate, sidecar: Sidecar, known: PolicyFacts & Survey): string | null {
  const needed = known.needed.get(snapshot.path);
  if (sidecar.pinned) return 'it is pinned';
  if (snapshot.sidecarFault != null) return `its sidecar cannot be read: ${snapshot.sidecarFault}`;
  if (needed !== undefined) return needed;
  if (!isOurs(sidecar, known)) return 'it is of another database';
  if (Date.parse(sidecar.created) > known.now.getTime()) return 'its date lies in the future';
  if (snapshot.path === known.newest) return 'it is the newest verified one';
  if (snapshot.path === known.drilled) return 'it is the newest one that was restored and checked';
  return null;
}

function isOurs({ database }: Sidecar, { owner }: PolicyFacts): boolean {
  if (owner === null) return true;
  const { provider, host, name } = database;
  return provider === owner.provider && host === owner.host && name === owner.name;
}

interface Known {
  readonly path: string;
  readonly sidecar: Sidecar;
}

function bySafetyRule(sidecar: Sidecar, { safety }: RetentionPolicy, known: PolicyFacts & Survey): Verdict {
  if (safety === null) return keep('safety snapshots have no rule');
  if ('count' in safety) return keep('safety snapshots go by age, not by count');
  const old = expiry(sidecar, safety.days, known);
  return old.isOver ? remove(`a safety snapshot ${old.text}`) : keep(`a safety snapshot ${old.text}`);
}

function byManualRule({ path, sidecar }: Known, rule: Rule | null, known: PolicyFacts & Survey): Verdict {
  if (rule === null) return { ...keep('it was made by hand'), isManual: true };
  const others = known.good.filter((one) => tiersServed(one.sidecar).length === 0);
  const verdict = byRule({ path, sidecar }, { rule, others, label: 'made by hand' }, known);
  return verdict.keep ? keep(verdict.reason) : remove(verdict.reason);
}

function byTierRules(snapshot: Known, policy: RetentionPolicy, known: PolicyFacts & Survey): Verdict {
  const verdicts = tiersServed(snapshot.sidecar).map((tier) => {
    const rule = policy[tier];
    if (rule === null) return { keep: true, reason: `${tier} has no rule` };
    const others = known.good.filter((one) => tiersServed(one.sidecar).includes(tier));
    return byRule(snapshot, { rule, others, label: tier }, known);
  });
  const reason = reasonsOf(verdicts, known.suspicious.has(snapshot.path));
  if (!verdicts.some((verdict) => verdict.keep)) return remove(reason);
  const { maxCount } = policy;
  if (maxCount === null) return keep(reason);
  const automatic = known.good.filter((one) => tiersServed(one.sidecar).length > 0);
  const rank = rankIn(snapshot, automatic);
  return rank < maxCount
    ? keep(reason)
    : remove(`${rank} newer automatic ones, and at most ${maxCount} stay`);
}

/** Only what speaks for the result; of a suspicious snapshot also that it counts for nothing. */
function reasonsOf(verdicts: readonly { keep: boolean; reason: string }[], isSuspicious: boolean): string {
  const isKept = verdicts.some((verdict) => verdict.keep);
  const reasons = verdicts.filter((verdict) => verdict.keep === isKept).map((verdict) => verdict.reason);
  return [...reasons, ...(isSuspicious ? ['far fewer rows than usual, so it counts for nothing'] : [])].join(
    '; ',
  );
}

interface RuleUse {
  readonly rule: Rule;
  /** The good snapshots that the rule counts. */
  readonly others: Survey['good'];
  readonly label: string;
}

function byRule(
  snapshot: Known,
  { rule, others, label }: RuleUse,
  known: PolicyFacts & Survey,
): { keep: boolean; reason: string } {
  if ('days' in rule) {
    const { isOver, text } = expiry(snapshot.sidecar, rule.days, known);
    return { keep: !isOver, reason: `${label} ${text}` };
  }
  const rank = rankIn(snapshot, others);
  const reason =
    rank < rule.count
      ? `among the newest ${rule.count} ${label}`
      : `${rank} newer ${label} ones, and ${rule.count} stay`;
  return { keep: rank < rule.count, reason };
}

/** How many of the good ones are newer: what is not good itself takes no place. */
function rankIn({ path, sidecar }: Known, good: Survey['good']): number {
  const index = good.findIndex((one) => one.path === path);
  if (index !== -1) return index;
  return good.filter((one) => one.sidecar.created > sidecar.created).length;
}

function expiry(
  { created }: Sidecar,
  days: number,
  { good, isClockTrusted }: PolicyFacts & Survey,
): { isOver: boolean; text: string } {
  const newest = good[0];
  if (newest === undefined) return { isOver: false, text: 'with no good snapshot to take its place' };
  if (!isClockTrusted) return { isOver: false, text: 'while the clock is in doubt' };
  const ageMs = Date.parse(newest.sidecar.created) - Date.parse(created);
  const limit = `${days} ${days === 1 ? 'day' : 'days'}`;
  if (ageMs <= days * dayMs) return { isOver: false, text: `for ${limit}` };
  return { isOver: true, text: `older than ${limit}` };
}

function keep(reason: string): Verdict {
  return { action: 'keep', reason, isManual: false };
}

function remove(reason: string): Verdict {
  return { action: 'remove', reason, isManual: false };
}
