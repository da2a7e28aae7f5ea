import { AppError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { Ports } from '../ports/ports.ts';
import { applyPolicy, type RetentionDecision } from '../retention/apply-policy.ts';
import { tiersServed } from '../retention/candidate.ts';
import { watchClock } from '../retention/clock-watch.ts';
import { findPolicyFaults, type RetentionPolicy } from '../retention/policy.ts';
import type { Schedule } from '../retention/schedule.ts';
import type { Purpose, Tier } from '../snapshot/header.ts';
import { emptyRunLog } from './logged-run.ts';
import { findNeeded } from './needed-snapshots.ts';
import { type CleanedTarget, cleanTargets } from './offsite/clean-targets.ts';

export interface CleanupRequest {
  readonly policy: RetentionPolicy;
  /** What is wrong with the settings of the policy; anything at all means that nothing is deleted. */
  readonly policyFaults: readonly string[];
  readonly schedule: Schedule;
  readonly dryRun: boolean;
  /** Believe the clock although it has leapt. */
  readonly trustClock: boolean;
}

export interface CleanupDecision {
  readonly name: string;
  readonly path: string;
  readonly created: string | null;
  readonly purpose: Purpose | null;
  readonly tiers: readonly Tier[];
  readonly bytes: number;
  readonly action: 'keep' | 'remove';
  readonly reason: string;
}

export interface CleanupResult {
  readonly command: 'cleanup';
  /** False when a target could not be cleaned up, or a snapshot stays because its sidecar cannot be read. */
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly policy: RetentionPolicy;
  readonly decisions: readonly CleanupDecision[];
  readonly kept: number;
  /** In a dry run, what would be. */
  readonly removed: number;
  readonly freedBytes: number;
  /** How many stayed only because they were made by hand. */
  readonly keptManual: number;
  /** The same on each target; empty where there are none. */
  readonly targets: readonly CleanedTarget[];
  readonly warnings: readonly string[];
}

/**
 * Deletes what the policy no longer keeps. A dry run makes the same plan and deletes nothing.
 *
 * @throws AppError RETENTION.POLICY, RUN.LOCKED, FOLDER.*, RESTORE.UNFINISHED
 */
export async function cleanup(ports: Ports, request: CleanupRequest): Promise<CleanupResult> {
  checkPolicy(request);
  if (request.dryRun || !(await ports.folder.exists())) return cleanUpLocked(ports, request);
  const lock = await ports.folder.lock();
  try {
    return await cleanUpLocked(ports, request);
  } finally {
    await lock.release();
  }
}

/** The same for a caller that holds the run lock, or for a dry run. */
export async function cleanUpLocked(ports: Ports, request: CleanupRequest): Promise<CleanupResult> {
  checkPolicy(request);
  const { plan, isClockTrusted, warnings } = await makePlan(ports, request);
  if (!request.dryRun) await carryOut(ports, plan);
  const targets = await cleanTargets(ports, {
    dryRun: request.dryRun,
    retention: { now: ports.clock.now(), isClockTrusted },
    here: plan.map(({ snapshot }) => snapshot),
  });
  const removed = plan.filter(({ action }) => action === 'remove');
  const inDoubt = plan.flatMap(({ snapshot }) => doubtOf(snapshot));
  return {
    command: 'cleanup',
    ok: inDoubt.length === 0 && targets.every(({ error }) => error === null),
    dryRun: request.dryRun,
    policy: request.policy,
    decisions: plan.map(describeDecision),
    kept: plan.length - removed.length,
    removed: removed.length,
    freedBytes: removed.reduce((sum, { snapshot }) => sum + snapshot.bytes, 0),
    keptManual: plan.filter((decision) => decision.isManual).length,
    targets,
    warnings: [...warnings, ...inDoubt, ...targets.flatMap(warningsOf)],
  };
}

function doubtOf({ name, sidecarFault }: StoredSnapshot): readonly string[] {
  return sidecarFault === null
    ? []
    : [`${name} stays, since it may be pinned: its sidecar cannot be read: ${sidecarFault}`];
}

function warningsOf({ error }: CleanedTarget): readonly string[] {
  return error === null ? [] : [`${error.message}; what is not listed here was not deleted there`];
}

function checkPolicy({ policy, policyFaults }: CleanupRequest): void {
  const faults = [...policyFaults, ...findPolicyFaults(policy)];
  if (faults.length === 0) return;
  throw new AppError('RETENTION.POLICY', `Cannot clean up by this policy: ${faults.join('; ')}`, {
    hint: 'Nothing was deleted. Correct the BACKUP_RETENTION_ settings; .env.example explains them',
  });
}

interface CleanupPlan {
  readonly plan: readonly RetentionDecision<StoredSnapshot>[];
  readonly isClockTrusted: boolean;
  readonly warnings: readonly string[];
}

async function makePlan(
  { folder, clock }: Ports,
  { policy, schedule, trustClock, dryRun }: CleanupRequest,
): Promise<CleanupPlan> {
  const snapshots = await folder.list();
  const log = (await folder.readRuns()) ?? emptyRunLog;
  const now = clock.now();
  const watched = watchClock(log.clock, now, schedule);
  if (trustClock && !dryRun) {
    await folder.writeRuns({ ...log, clock: { highWater: now.toISOString(), leap: null } });
  }
  const leap = trustClock ? null : watched.leap;
  const plan = applyPolicy(snapshots, policy, {
    now,
    owner: snapshots.find(({ sidecar }) => sidecar !== null)?.sidecar?.database ?? null,
    needed: await findNeeded(folder, snapshots),
    isClockTrusted: leap === null,
  });
  return { plan, isClockTrusted: leap === null, warnings: leap === null ? [] : [warnOfLeap(leap)] };
}

function warnOfLeap({ from, to }: { from: string; to: string }): string {
  return `The clock went from ${from} to ${to} without a run in between, so no snapshot is deleted for its age until two days later; if the time is right: holdfast cleanup --trust-clock`;
}

async function carryOut(ports: Ports, plan: readonly RetentionDecision<StoredSnapshot>[]): Promise<void> {
  for (const { action, snapshot } of plan) {
    if (action === 'keep') continue;
    ports.signal?.throwIfAborted();
    await ports.folder.deleteSnapshot(snapshot.path);
  }
}

function describeDecision({
  snapshot: { name, path, bytes, sidecar },
  action,
  reason,
}: RetentionDecision<StoredSnapshot>): CleanupDecision {
  return {
    ...{ name, path },
    created: sidecar?.created ?? null,
    purpose: sidecar?.purpose ?? null,
    tiers: sidecar === null ? [] : tiersServed(sidecar),
    ...{ bytes, action, reason },
  };
}
