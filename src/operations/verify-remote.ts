import { AppError } from '../errors.ts';
import type { OffsiteTarget } from '../ports/offsite.ts';
import type { Ports } from '../ports/ports.ts';
import type { Store } from '../ports/store.ts';
import type { Finding } from '../util/finding.ts';
import { readCopy } from './offsite/download.ts';
import { findCopy } from './offsite/fetch.ts';
import {
  type CompleteCopy,
  isComplete,
  type RemoteSnapshot,
  readRemote,
} from './offsite/remote-snapshots.ts';
import { chooseTargets, noteTarget, seen, withTarget } from './offsite/use-target.ts';

export interface VerifyRemoteRequest {
  /** As of `findCopy`; null for the newest, or all. */
  readonly reference: string | null;
  readonly isAll: boolean;
  /** Null for every target. */
  readonly target: string | null;
}

export interface VerifiedCopy {
  readonly target: string;
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** What was proved: these are the bytes that were stored. Nothing was decoded, with a key or without. */
  readonly proof: 'stored bytes';
  readonly ok: boolean;
}

export interface VerifyRemoteResult {
  readonly command: 'verify-remote';
  /** True when nothing was found. */
  readonly ok: boolean;
  readonly copies: readonly VerifiedCopy[];
  readonly findings: readonly Finding[];
  readonly durationMs: number;
}

interface Checked {
  readonly copies: readonly VerifiedCopy[];
  readonly findings: readonly Finding[];
}

/**
 * Reads copies back from their targets, every byte, and compares them with their sidecars, and with the snapshots here.
 * Keeps nothing.
 *
 * @throws AppError USAGE
 */
export async function verifyRemote(ports: Ports, request: VerifyRemoteRequest): Promise<VerifyRemoteResult> {
  const started = ports.clock.now();
  const checked: Checked[] = [];
  for (const target of await chooseTargets(ports, request.target))
    checked.push(await checkTarget(ports, target, request));
  const findings = checked.flatMap((one) => one.findings);
  return {
    command: 'verify-remote',
    ok: findings.length === 0,
    copies: checked.flatMap(({ copies }) => copies),
    findings,
    durationMs: ports.clock.now().getTime() - started.getTime(),
  };
}

async function checkTarget(
  ports: Ports,
  target: OffsiteTarget,
  request: VerifyRemoteRequest,
): Promise<Checked> {
  const outcome = await withTarget(ports, target, async (store) => {
    const remotes = await readRemote(store, ports.signal);
    const chosen = chooseCopies(remotes, request, target.name);
    const checked = await checkCopies(ports, store, chosen);
    const isGood = checked.copies.length > 0 && checked.findings.length === 0;
    await noteVerified(ports, target.name, { remotes, isGood });
    const leftOver = remotes.filter((remote) => !isComplete(remote));
    return {
      ...checked,
      findings: [
        ...checked.findings,
        ...(request.isAll ? leftOver.map((one) => incomplete(one, store)) : []),
      ],
    };
  });
  if ('value' in outcome) return outcome.value;
  const { code, message } = outcome.error;
  return { copies: [], findings: [findingOf({ check: code, message, sample: target.name })] };
}

function chooseCopies(
  remotes: readonly RemoteSnapshot[],
  { reference, isAll }: VerifyRemoteRequest,
  target: string,
): readonly CompleteCopy[] {
  if (isAll && reference === null) return remotes.filter(isComplete);
  return [findCopy(remotes, reference ?? 'latest', target)];
}

async function checkCopies(ports: Ports, store: Store, chosen: readonly CompleteCopy[]): Promise<Checked> {
  const here = new Map((await ports.folder.list()).map(({ sidecar }) => [sidecar?.id, sidecar?.sha256]));
  const copies: VerifiedCopy[] = [];
  const findings: Finding[] = [];
  for (const copy of chosen) {
    ports.progress.phase(`reading ${copy.name} from ${store.name}`, null);
    const { file, name, bytes, sidecar } = copy;
    const sample = `${store.name}:${file}`;
    const damage =
      (await checkCopy(ports, { store, copy })) ??
      compareWithOurs(copy, { store, ours: here.get(sidecar.id) });
    if (damage !== null) findings.push(findingOf({ check: damage.code, message: damage.message, sample }));
    copies.push({ target: store.name, name, file, bytes, proof: 'stored bytes', ok: damage === null });
  }
  return { copies, findings };
}

/** What is wrong with the copy; a target that cannot be reached any more is no finding of the copy. */
async function checkCopy(
  ports: Ports,
  source: { readonly store: Store; readonly copy: CompleteCopy },
): Promise<AppError | null> {
  try {
    await readCopy(ports, source, () => undefined);
    return null;
  } catch (error) {
    if (error instanceof AppError && ['STORE.VERIFY', 'STORE.NOT_FOUND'].includes(error.code)) return error;
    throw error;
  }
}

/** A copy may be whole and of another snapshot all the same. */
function compareWithOurs(
  { name, sidecar }: CompleteCopy,
  { store, ours }: { readonly store: Store; readonly ours: string | undefined },
): AppError | null {
  if (ours === undefined || ours === sidecar.sha256) return null;
  return new AppError(
    'STORE.VERIFY',
    `The copy of ${name} on ${store.name} is not the snapshot that is here`,
  );
}

function incomplete({ name, file }: RemoteSnapshot, store: Store): Finding {
  return findingOf({
    check: 'STORE.VERIFY',
    severity: 'warning',
    message: `The copy of ${name} on ${store.name} is not complete; holdfast sync push --all completes it if the snapshot is here`,
    sample: `${store.name}:${file}`,
  });
}

interface Found {
  readonly check: string;
  readonly severity?: Finding['severity'];
  readonly message: string;
  readonly sample: string;
}

function findingOf({ check, severity = 'error', message, sample }: Found): Finding {
  return { check, severity, model: null, table: null, field: null, count: 1, samples: [sample], message };
}

/** Only a note: another run that holds the lock does not make the copy less good. */
async function noteVerified(
  ports: Ports,
  target: string,
  { remotes, isGood }: { readonly remotes: readonly RemoteSnapshot[]; readonly isGood: boolean },
): Promise<void> {
  if (!(await ports.folder.exists())) return;
  try {
    const lock = await ports.folder.lock();
    try {
      const verified = isGood ? { verified: ports.clock.now().toISOString() } : {};
      await noteTarget(ports, target, (record) => ({
        ...record,
        ...seen(ports, remotes),
        ...verified,
        error: null,
      }));
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    ports.progress.note(`The result could not be noted in the backup folder: ${error.message}`);
  }
}
