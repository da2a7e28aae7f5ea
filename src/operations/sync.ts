import { AppError, type ErrorCode } from '../errors.ts';
import type { OffsiteTarget } from '../ports/offsite.ts';
import type { Ports } from '../ports/ports.ts';
import type { Store } from '../ports/store.ts';
import { compareCopies } from './offsite/compare.ts';
import { pullCopy } from './offsite/download.ts';
import { type CompleteCopy, type RemoteSnapshot, readRemote } from './offsite/remote-snapshots.ts';
import { planSync, type SyncDirection, type SyncItem, type SyncPlan } from './offsite/sync-plan.ts';
import {
  createUploads,
  type KnownSnapshot,
  pushSidecar,
  pushSnapshot,
  type Uploads,
} from './offsite/upload.ts';
import {
  chooseTargets,
  noteFailed,
  noteTarget,
  seen,
  type TargetError,
  withholding,
  withTarget,
} from './offsite/use-target.ts';

export interface SyncRequest {
  readonly direction: SyncDirection;
  /** Null for every target. */
  readonly target: string | null;
  /** Look at the snapshots of so many days; null for all. */
  readonly days: number | null;
  readonly dryRun: boolean;
}

export interface SyncedSnapshot {
  readonly file: string;
  readonly name: string;
  readonly created: string | null;
  readonly bytes: number;
  readonly here: boolean;
  readonly there: boolean;
  readonly state: SyncItem['state'];
  readonly action: SyncItem['action'];
  /** Why nothing was done although something is not as it should be; empty otherwise. */
  readonly reason: string;
  /** Whether that is the target's fault, and the operator has to look. */
  readonly isTrouble: boolean;
}

/** What was found, and done, on one target. */
export interface SyncedTarget {
  readonly target: string;
  readonly kind: string;
  readonly required: boolean;
  /** False when it failed, or something there needs a look. */
  readonly ok: boolean;
  /** Why it could not be used. */
  readonly error: TargetError | null;
  /** Why the newest snapshot is not sent there although it can be used. */
  readonly withheld: TargetError | null;
  readonly snapshots: readonly SyncedSnapshot[];
  /** How many snapshots are older than the days that were looked at. */
  readonly older: number;
  /** Names of the snapshots that were copied, or would be in a dry run. */
  readonly copied: readonly string[];
  readonly bytes: number;
}

export interface SyncResult {
  readonly command: 'sync';
  readonly ok: boolean;
  readonly direction: SyncDirection;
  readonly dryRun: boolean;
  readonly targets: readonly SyncedTarget[];
  /** Sentences: what went wrong on which target. */
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

const dayMs = 86_400_000;

/**
 * Compares the backup folder with its targets, and copies what is missing. A target that fails does not keep the others
 * from theirs.
 *
 * @throws AppError USAGE, RUN.LOCKED, FOLDER.*
 */
export async function sync(ports: Ports, request: SyncRequest): Promise<SyncResult> {
  const started = ports.clock.now();
  const targets = await chooseTargets(ports, request.target);
  const work = (): Promise<readonly SyncedTarget[]> => syncTargets(ports, targets, request);
  const synced = isReading(request) ? await work() : await underLock(ports, () => stoppable(ports, work));
  return {
    command: 'sync',
    ok: synced.every(({ ok }) => ok),
    direction: request.direction,
    dryRun: request.dryRun,
    targets: synced,
    warnings: synced.flatMap(warningsOf),
    durationMs: ports.clock.now().getTime() - started.getTime(),
  };
}

function isReading({ direction, dryRun }: Pick<SyncRequest, 'direction' | 'dryRun'>): boolean {
  return dryRun || direction === 'status';
}

async function underLock<T>({ folder }: Ports, work: () => Promise<T>): Promise<T> {
  const lock = await folder.lock();
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** What was copied before a stop stays, and the operator should not be told otherwise. */
async function stoppable<T>({ signal }: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new AppError('RUN.INTERRUPTED', 'Stopped while copies were made; those that are whole stay', {
      hint: 'holdfast sync goes on where it was stopped',
      cause: error,
    });
  }
}

/** For a caller that holds the run lock, or changes nothing. */
export async function syncTargets(
  ports: Ports,
  targets: readonly OffsiteTarget[],
  request: Omit<SyncRequest, 'target'>,
): Promise<readonly SyncedTarget[]> {
  const uploads = createUploads();
  const synced: SyncedTarget[] = [];
  for (const target of targets) synced.push(await syncTarget(ports, { target, uploads }, request));
  return synced;
}

interface TargetWork {
  readonly target: OffsiteTarget;
  readonly uploads: Uploads;
}

async function syncTarget(
  ports: Ports,
  { target, uploads }: TargetWork,
  request: Omit<SyncRequest, 'target'>,
): Promise<SyncedTarget> {
  const isNoted = !isReading(request);
  const items: SyncItem[] = [];
  let [older, isWithheld] = [0, false];
  const outcome = await withTarget(ports, target, async (store) => {
    const remotes = await readRemote(store, ports.signal);
    const plan = await makePlan(ports, { target, remotes }, request);
    ({ older, isWithheld } = plan);
    for (const item of plan.items) {
      items.push(isNoted ? await carryOut(ports, { store, uploads }, item) : item);
    }
    if (isNoted) await noteReached(ports, target.name, { remotes, items });
  });
  const error = 'error' in outcome ? outcome.error : null;
  if (error !== null && isNoted) await noteFailed(ports, target.name, error);
  const withheld = isWithheld ? withholding(target.name) : null;
  const copied = items.filter(({ action }) => action === 'push' || action === 'pull');
  return {
    ...{ target: target.name, kind: target.kind, required: target.required, error, withheld, older },
    ok: error === null && withheld === null && !items.some(({ isTrouble }) => isTrouble),
    snapshots: items.map(describeItem),
    copied: copied.map(({ name }) => name),
    bytes: copied.reduce((sum, item) => sum + bytesOf(item), 0),
  };
}

async function makePlan(
  ports: Ports,
  { target, remotes }: { readonly target: OffsiteTarget; readonly remotes: readonly RemoteSnapshot[] },
  { direction, days }: Omit<SyncRequest, 'target'>,
): Promise<SyncPlan> {
  const { folder, clock } = ports;
  const now = clock.now();
  const [here, owner, runs] = [await folder.list(), await folder.owner(), await folder.readRuns()];
  return planSync(compareCopies(here, remotes), {
    direction,
    since: days === null ? null : new Date(now.getTime() - days * dayMs),
    policy: target.policy,
    allowsPlain: target.allowsPlain,
    owner,
    retention: {
      now,
      owner,
      isClockTrusted: (runs?.clock.leap ?? null) === null,
    },
  });
}

/** What is wrong with one snapshot and does not keep the others from their target. */
const ownTrouble: ReadonlySet<ErrorCode> = new Set([
  'SNAPSHOT.CHECKSUM',
  'STORE.EXISTS',
  'STORE.CHECKSUM',
  'STORE.VERIFY',
  'FOLDER.OTHER_DATABASE',
]);

async function carryOut(ports: Ports, work: StoreWork, item: SyncItem): Promise<SyncItem> {
  ports.signal?.throwIfAborted();
  try {
    await act(ports, work, item);
    return item;
  } catch (error) {
    if (!(error instanceof AppError) || !ownTrouble.has(error.code)) throw error;
    return { ...item, action: 'none', reason: error.message, isTrouble: true };
  }
}

interface StoreWork {
  readonly store: Store;
  readonly uploads: Uploads;
}

async function act(
  ports: Ports,
  { store, uploads }: StoreWork,
  { action, here, there }: SyncItem,
): Promise<void> {
  if (action === 'pull') await pullCopy(ports, { store, copy: there as CompleteCopy });
  if (action === 'push') await pushSnapshot(ports, { store, uploads }, here as KnownSnapshot);
  if (action === 'update') {
    await pushSidecar(
      store,
      here as KnownSnapshot,
      ports.signal === undefined ? {} : { signal: ports.signal },
    );
  }
}

/** With what was copied just now, so that nobody has to list again. */
async function noteReached(
  ports: Ports,
  target: string,
  { remotes, items }: { readonly remotes: readonly RemoteSnapshot[]; readonly items: readonly SyncItem[] },
): Promise<void> {
  const known = seen(ports, remotes);
  const pushed = items.filter(({ action }) => action === 'push');
  const newest = [known.newest, ...pushed.map(({ created }) => created)].filter((one) => one !== null).sort();
  await noteTarget(ports, target, (record) => ({
    ...record,
    ...known,
    newest: newest.at(-1) ?? null,
    copies: known.copies + pushed.length,
    error: null,
  }));
}

function describeItem(item: SyncItem): SyncedSnapshot {
  const { file, name, created, state, action, reason, isTrouble, here, there } = item;
  return {
    ...{ file, name, created, bytes: bytesOf(item) },
    here: here !== null,
    there: there !== null && there.bytes !== null,
    ...{ state, action, reason, isTrouble },
  };
}

function bytesOf({ here, there }: SyncItem): number {
  return here?.bytes ?? there?.bytes ?? 0;
}

/** What went wrong on a target, in sentences. */
export function warningsOf({
  target,
  required,
  error,
  withheld,
  snapshots,
}: SyncedTarget): readonly string[] {
  const kind = required ? 'required target' : 'target';
  if (error !== null) return [`The ${kind} ${target} has failed: ${error.message}`];
  const troubles = snapshots.filter(({ isTrouble }) => isTrouble);
  return [
    ...(withheld === null ? [] : [`The ${kind} ${target} has no copy: ${withheld.message}`]),
    ...troubles.map(({ name, reason }) => `${name} on the ${kind} ${target}: ${reason}`),
  ];
}
