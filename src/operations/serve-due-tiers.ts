import { AppError, describeError } from '../errors.ts';
import type { Ports } from '../ports/ports.ts';
import { findDue, nameOfPeriod } from '../retention/due-tiers.ts';
import type { Period } from '../retention/periods.ts';
import { type AutoRequest, type AutoResult, nothingDone } from './auto-request.ts';
import { type BackupRequest, backUpLocked } from './backup.ts';
import { type CleanupResult, cleanUpLocked } from './cleanup.ts';
import { loggedRun } from './logged-run.ts';

/** Takes the snapshot that serves every due tier, and cleans up, in one run under the lock. */
export function serveDueTiers(ports: Ports, request: AutoRequest, started: Date): Promise<AutoResult> {
  const description = { command: 'auto', schedule: request.schedule, isBackup: true };
  return loggedRun(ports, description, async (logged) => {
    const found = await request.findRequest();
    const identity = await ports.engines.identify(found.target);
    const lock = await logged.folder.lock();
    try {
      const periods = findDue(await logged.folder.list(), request.schedule, started);
      // Another run has served them since the first look.
      if (periods.length === 0) return nothingDone([], null);
      const backupRequest = requestFor(found, periods);
      const taken = await backUpLocked(logged, {
        request: backupRequest,
        identity,
        started,
      });
      const cleaned = await tidy(logged, request);
      return {
        command: 'auto',
        ok: taken.ok && cleaned.failures.length === 0,
        due: periods.map(({ tier }) => tier),
        snapshot: taken.snapshot,
        offsite: taken.offsite,
        cleanup: cleaned.result,
        skipped: null,
        warnings: [...taken.warnings, ...cleaned.failures],
        durationMs: ports.clock.now().getTime() - started.getTime(),
      };
    } finally {
      await lock.release();
    }
  });
}

/** Named after the longest tier that is due. */
function requestFor(found: BackupRequest, periods: readonly Period[]): BackupRequest {
  const [longest] = periods;
  const request = { ...found, name: nameOfPeriod(longest!), tier: longest!.tier };
  return periods.length === 1 ? request : { ...request, serves: periods.map(({ tier }) => tier) };
}

/** The snapshot is good whatever becomes of the old ones; the operator hears of it by a finding. */
async function tidy(
  ports: Ports,
  { cleanup }: AutoRequest,
): Promise<{ result: CleanupResult | null; failures: readonly string[] }> {
  try {
    const result = await cleanUpLocked(ports, cleanup);
    return { result, failures: result.ok ? [] : result.warnings };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { result: null, failures: [`Old snapshots were not cleaned up: ${describeError(error)}`] };
  }
}
