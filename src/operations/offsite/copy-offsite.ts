import { AppError } from '../../errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { type SyncedTarget, syncTargets } from '../sync.ts';

/** What an outage of some days has kept from its target goes with the next backup. */
const usualDays = 7;

/**
 * Copies what is new to every target; for a caller that has just taken the snapshot of that name and holds the run lock.
 * Never rejects for a target: the snapshot is here, whatever becomes of its copies.
 *
 * @throws AppError RUN.INTERRUPTED
 */
export async function copyOffsite(ports: Ports, taken: string): Promise<readonly SyncedTarget[]> {
  const targets = (await ports.targets?.()) ?? [];
  if (targets.length === 0) return [];
  try {
    return await syncTargets(ports, targets, { direction: 'push', days: usualDays, dryRun: false });
  } catch (error) {
    if (ports.signal?.aborted !== true) throw error;
    throw new AppError(
      'RUN.INTERRUPTED',
      `Stopped while copies were made; the snapshot ${taken} is here, whole and verified`,
      { hint: 'holdfast sync makes the copies, and goes on where it was stopped', cause: error },
    );
  }
}
