import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError } from '../../errors.ts';
import type { RunLock, StoredSnapshot } from '../../ports/backup-folder.ts';
import type { Ports } from '../../ports/ports.ts';
import { hasEncryptedName } from '../../snapshot/name.ts';
import { emptyRunLog } from '../logged-run.ts';
import { requireReadable } from '../readable-sidecar.ts';

const pollMs = 200;

export interface DrillNote {
  readonly stored: StoredSnapshot;
  /** Whether the snapshot came back whole: no error was found. */
  readonly isProved: boolean;
  /** How long to wait for a run that holds the lock. */
  readonly waitMs: number;
}

/**
 * Notes in the sidecar that a snapshot was restored and checked, or that it can no longer be counted on; and in the log
 * of runs how the last drill went. Only a note: a folder that cannot be written changes nothing of the result.
 *
 * @returns when it was noted as proved; null when it was not
 */
export async function noteDrill(ports: Ports, note: DrillNote): Promise<string | null> {
  const { folder, progress } = ports;
  const { stored } = note;
  if (stored.sidecar === null || dirname(stored.path) !== folder.path) return null;
  try {
    const lock = await lockPatiently(ports, note.waitMs);
    try {
      return await noteLocked(ports, note);
    } finally {
      await lock.release();
    }
  } catch (error) {
    progress.note(`The result of the drill could not be noted beside the snapshot: ${describeError(error)}`);
    return null;
  }
}

/** A backup may be at work: it is not kept waiting by a drill, and the drill waits for it. */
async function lockPatiently({ folder, signal }: Ports, waitMs: number): Promise<RunLock> {
  for (let waited = 0; ; waited += pollMs) {
    signal?.throwIfAborted();
    try {
      return await folder.lock();
    } catch (error) {
      const isLocked = error instanceof AppError && error.code === 'RUN.LOCKED';
      if (!isLocked || waited >= waitMs) throw error;
    }
    await sleep(pollMs);
  }
}

async function noteLocked({ folder, clock }: Ports, { stored, isProved }: DrillNote): Promise<string | null> {
  const at = clock.now().toISOString();
  const runs = (await folder.readRuns()) ?? emptyRunLog;
  await folder.writeRuns({ ...runs, lastDrill: { snapshot: stored.name, finished: at, ok: isProved } });
  // Once more under the lock: it may be pinned, or another file, by now.
  const current = await folder.find(stored.path);
  requireReadable(current);
  const { sidecar } = current;
  if (sidecar === null || sidecar.sha256 !== stored.sidecar?.sha256) return null;
  if (!isProved) {
    if (sidecar.drilled !== null) await folder.saveSidecar(stored.path, { ...sidecar, drilled: null });
    return null;
  }
  const how = hasEncryptedName(basename(stored.path)) ? { verifiedBy: 'decoded' as const } : {};
  await folder.saveSidecar(stored.path, { ...sidecar, ...how, verified: at, drilled: at });
  return at;
}
