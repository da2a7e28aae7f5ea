import path from 'node:path';
import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import type { OffsiteTarget } from '../../ports/offsite.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Store } from '../../ports/store.ts';
import { applyPolicy, type PolicyFacts, type RetentionDecision } from '../../retention/apply-policy.ts';
import type { Candidate } from '../../retention/candidate.ts';
import { findPolicyFaults } from '../../retention/policy.ts';
import { checksumEnding, sidecarEnding } from '../../snapshot/name.ts';
import { isComplete, type RemoteSnapshot, readRemote } from './remote-snapshots.ts';
import { noteFailed, noteTarget, seen, type TargetError, withTarget } from './use-target.ts';

export interface TargetDecision {
  readonly name: string;
  readonly file: string;
  readonly created: string | null;
  readonly bytes: number;
  readonly action: 'keep' | 'remove';
  readonly reason: string;
}

/** What was kept and deleted on one target. */
export interface CleanedTarget {
  readonly target: string;
  readonly required: boolean;
  /** Why nothing, or not all, was deleted there; null when it was. */
  readonly error: TargetError | null;
  readonly decisions: readonly TargetDecision[];
  readonly kept: number;
  /** In a dry run, what would be. */
  readonly removed: number;
  readonly freedBytes: number;
}

export interface CleanTargetsRequest {
  readonly dryRun: boolean;
  readonly retention: Pick<PolicyFacts, 'now' | 'isClockTrusted'>;
  /** The snapshots here: a pin counts from the moment it is set. */
  readonly here: readonly StoredSnapshot[];
}

type RemoteCandidate = Candidate & { readonly remote: RemoteSnapshot };

/**
 * Deletes on every target what its policy no longer keeps, by the same laws as in the backup folder. Where the list of a
 * target is not complete, nothing is deleted there. For a caller that holds the run lock, or a dry run.
 */
export async function cleanTargets(
  ports: Ports,
  request: CleanTargetsRequest,
): Promise<readonly CleanedTarget[]> {
  const cleaned: CleanedTarget[] = [];
  for (const target of (await ports.targets?.()) ?? [])
    cleaned.push(await cleanTarget(ports, target, request));
  return cleaned;
}

async function cleanTarget(
  ports: Ports,
  target: OffsiteTarget,
  request: CleanTargetsRequest,
): Promise<CleanedTarget> {
  const faults = [...target.policyFaults, ...findPolicyFaults(target.policy)];
  if (faults.length > 0) return resultOf(target, [], policyError(target, faults));
  const done: RetentionDecision<RemoteCandidate>[] = [];
  const outcome = await withTarget(ports, target, async (store) => {
    const remotes = await readRemote(store, ports.signal);
    const plan = decide(remotes, target, request);
    for (const decision of plan) {
      if (decision.action === 'remove' && !request.dryRun)
        await removeCopy(ports, store, decision.snapshot.remote);
      done.push(decision);
    }
    const left = done.filter(({ action }) => action === 'keep').map(({ snapshot }) => snapshot.remote);
    if (!request.dryRun)
      await noteTarget(ports, target.name, (record) => ({ ...record, ...seen(ports, left), error: null }));
  });
  const error = 'error' in outcome ? outcome.error : null;
  if (error !== null && !request.dryRun) await noteFailed(ports, target.name, error);
  return resultOf(target, done, error);
}

function policyError({ name }: OffsiteTarget, faults: readonly string[]): TargetError {
  return {
    code: 'RETENTION.POLICY',
    message: `Cannot clean up ${name} by its policy: ${faults.join('; ')}`,
    hint: `Correct targets.${name}.retention in holdfast.config.json`,
  };
}

function decide(
  remotes: readonly RemoteSnapshot[],
  { policy }: OffsiteTarget,
  { retention, here }: CleanTargetsRequest,
): readonly RetentionDecision<RemoteCandidate>[] {
  const pinned = new Set(here.filter(({ sidecar }) => sidecar?.pinned).map(({ sidecar }) => sidecar!.id));
  const faults = new Map(here.map(({ path: file, sidecarFault }) => [path.basename(file), sidecarFault]));
  const candidates = remotes.map((remote): RemoteCandidate => {
    const sidecar = isComplete(remote) ? remote.sidecar : null;
    const isPinned = sidecar !== null && pinned.has(sidecar.id);
    return {
      name: remote.name,
      path: remote.file,
      sidecar: isPinned ? { ...sidecar, pinned: true } : sidecar,
      sidecarFault: faults.get(remote.file) ?? null,
      remote,
    };
  });
  const owner = candidates.find(({ sidecar }) => sidecar !== null)?.sidecar?.database ?? null;
  const decisions = applyPolicy(candidates, policy, { ...retention, owner, needed: new Map() });
  return decisions.map((decision) => (isLeftover(decision.snapshot.remote) ? leftover(decision) : decision));
}

/** The file goes first and its sidecar last, so a sidecar alone is what an interrupted deletion has left. */
function isLeftover({ bytes, hasSidecarFile }: RemoteSnapshot): boolean {
  return bytes === null && hasSidecarFile;
}

function leftover<T extends RetentionDecision<RemoteCandidate>>(decision: T): T {
  return { ...decision, action: 'remove', reason: 'its deletion was interrupted' };
}

async function removeCopy({ signal }: Ports, store: Store, { file }: RemoteSnapshot): Promise<void> {
  signal?.throwIfAborted();
  for (const ending of ['', checksumEnding, sidecarEnding]) {
    await store.delete(`${file}${ending}`, signal === undefined ? {} : { signal });
  }
}

function resultOf(
  { name, required }: OffsiteTarget,
  done: readonly RetentionDecision<RemoteCandidate>[],
  error: TargetError | null,
): CleanedTarget {
  const removed = done.filter(({ action }) => action === 'remove');
  return {
    ...{ target: name, required, error },
    decisions: done.map(({ snapshot: { remote, sidecar }, action, reason }) => ({
      ...{ name: remote.name, file: remote.file, created: sidecar?.created ?? null },
      ...{ bytes: remote.bytes ?? 0, action, reason },
    })),
    kept: done.length - removed.length,
    removed: removed.length,
    freedBytes: removed.reduce((sum, { snapshot }) => sum + (snapshot.remote.bytes ?? 0), 0),
  };
}
