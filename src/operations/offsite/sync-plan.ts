import type { DatabaseIdentity } from '../../ports/database.ts';
import { applyPolicy, type PolicyFacts } from '../../retention/apply-policy.ts';
import type { Candidate } from '../../retention/candidate.ts';
import type { RetentionPolicy } from '../../retention/policy.ts';
import { isEncryptedFile, parseGivenName } from '../../snapshot/name.ts';
import type { Comparison } from './compare.ts';
import { isComplete } from './remote-snapshots.ts';

export type SyncDirection = 'push' | 'pull' | 'status';

export type SyncAction = 'push' | 'update' | 'pull' | 'none';

/** What is to be done about one snapshot on one target, and why. */
export interface SyncItem extends Comparison {
  readonly action: SyncAction;
  /** Why nothing is done although something is missing; empty otherwise. */
  readonly reason: string;
  /** Whether the operator has to look. */
  readonly isTrouble: boolean;
}

export interface SyncWindow {
  /** Snapshots that were taken since; null for all. */
  readonly since: Date | null;
}

export interface PlanFacts extends SyncWindow {
  readonly direction: SyncDirection;
  readonly policy: RetentionPolicy;
  /** Snapshots that are not encrypted go to the target, too. */
  readonly allowsPlain: boolean;
  readonly retention: Omit<PolicyFacts, 'needed'>;
  /** Whose snapshots the backup folder holds; null when it holds none. */
  readonly owner: DatabaseIdentity | null;
}

export interface SyncPlan {
  readonly items: readonly SyncItem[];
  /** How many snapshots are older than the window. */
  readonly older: number;
  /** The newest snapshot does not go there because it is not encrypted. */
  readonly isWithheld: boolean;
}

type Decision = Pick<SyncItem, 'action' | 'reason' | 'isTrouble'>;

/** Decides about every snapshot of the window. Pure. */
export function planSync(comparisons: readonly Comparison[], facts: PlanFacts): SyncPlan {
  const inWindow = comparisons.filter(({ created }) => isRecent(created, facts));
  const unwanted = facts.direction === 'push' ? findUnwanted(comparisons, facts) : new Set<string>();
  const items = inWindow.map((one) => ({ ...one, ...decide(one, facts, unwanted.has(one.file)) }));
  const isWithheld = facts.direction !== 'pull' && isNewestWithheld(inWindow, facts);
  return { items, older: comparisons.length - inWindow.length, isWithheld };
}

/** Older ones matter to nobody once the newest is there: they would be trouble for days after encryption was set up. */
function isNewestWithheld(comparisons: readonly Comparison[], facts: PlanFacts): boolean {
  const newest = comparisons.find((one) => refusalOf(one) === null);
  return newest?.state === 'missing' && isRefusedPlain(newest, facts);
}

function isRefusedPlain({ file }: Comparison, { allowsPlain }: Pick<PlanFacts, 'allowsPlain'>): boolean {
  return !allowsPlain && !isEncryptedFile(file);
}

function isRecent(created: string | null, { since }: SyncWindow): boolean {
  return since === null || created === null || Date.parse(created) >= since.getTime();
}

/** What the target's policy would delete again if it were pushed. What cannot come there takes nobody's place. */
function findUnwanted(comparisons: readonly Comparison[], facts: PlanFacts): ReadonlySet<string> {
  const { policy, retention } = facts;
  const possible = comparisons.filter((one) => one.there !== null || !isRefusedPlain(one, facts));
  const candidates = possible.map(({ file, name, here, there }): Candidate => {
    const complete = there !== null && isComplete(there) ? there.sidecar : null;
    const sidecarFault = here?.sidecarFault ?? null;
    return { name, path: file, sidecar: here?.sidecar ?? complete, sidecarFault };
  });
  const decisions = applyPolicy(candidates, policy, { ...retention, needed: new Map() });
  return new Set(decisions.filter(({ action }) => action === 'remove').map(({ snapshot }) => snapshot.path));
}

function decide(one: Comparison, facts: PlanFacts, isUnwanted: boolean): Decision {
  const fault = one.here?.sidecarFault ?? null;
  if (fault !== null) return trouble(`its sidecar cannot be read: ${fault}`);
  if (one.state === 'different') {
    return trouble('another file has this name there; compare both and delete the wrong one by hand');
  }
  if (facts.direction === 'push') return decidePush(one, facts, isUnwanted);
  return facts.direction === 'pull' ? decidePull(one, facts) : none('');
}

function decidePush(one: Comparison, facts: PlanFacts, isUnwanted: boolean): Decision {
  if (one.state !== 'missing') return one.isNoteOld ? act('update') : none('');
  const refusal = refusalOf(one);
  if (refusal !== null) return none(refusal);
  if (isRefusedPlain(one, facts)) return none('it is not encrypted, and the target takes no such snapshots');
  if (isUnwanted) return none('the policy of the target would delete it again');
  return act('push');
}

/**
 * Why a snapshot goes to no target; null when it may. Stray files and doubtful snapshots are what `health` reports: no
 * target can do anything about them.
 */
function refusalOf({ here, name }: Comparison): string | null {
  const sidecar = here?.sidecar ?? null;
  if (sidecar === null) return 'it is no snapshot that can be read';
  if (!hasPortableName(name)) return 'its name does not suit every target; rename it';
  if (sidecar.purpose === 'safety') return 'safety snapshots stay here';
  return sidecar.verified === null ? 'it is not verified: holdfast validate backup, then sync again' : null;
}

function hasPortableName(name: string): boolean {
  try {
    return parseGivenName(name) === name;
  } catch {
    return false;
  }
}

function decidePull(one: Comparison, { owner }: PlanFacts): Decision {
  if (one.state !== 'there') return none('');
  if (one.there === null || !isComplete(one.there)) return none('it did not arrive there as a whole');
  const { provider, host, name } = one.there.sidecar.database;
  const isOurs =
    owner === null || (owner.provider === provider && owner.host === host && owner.name === name);
  return isOurs ? act('pull') : none('it is of another database');
}

function act(action: SyncAction): Decision {
  return { action, reason: '', isTrouble: false };
}

function none(reason: string): Decision {
  return { action: 'none', reason, isTrouble: false };
}

function trouble(reason: string): Decision {
  return { action: 'none', reason, isTrouble: true };
}
