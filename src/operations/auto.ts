import { AppError } from '../errors.ts';
import type { Ports } from '../ports/ports.ts';
import type { RunLog } from '../ports/run.ts';
import { findDue } from '../retention/due-tiers.ts';
import { tiers } from '../snapshot/header.ts';
import { type AutoRequest, type AutoResult, nothingDone } from './auto-request.ts';

/** From so many failures in a row on, tries become rare: the log and the mail box are of use to nobody when full. */
const patientFailures = 5;
const longestWaitMinutes = 60;

/**
 * Takes one snapshot for all tiers that are due, and cleans up. Where nothing is due it looks at names and sidecars and
 * does nothing; where another run holds the lock it leaves the work to a later call.
 *
 * @throws AppError as `backup` does
 */
export async function auto(ports: Ports, request: AutoRequest): Promise<AutoResult> {
  const result = await backUpWhatIsDue(ports, request);
  if (request.schedule.drill == null) return result;
  const { drillIfDue } = await import('./drill-if-due.ts');
  return drillIfDue(ports, request, result);
}

async function backUpWhatIsDue(ports: Ports, request: AutoRequest): Promise<AutoResult> {
  const started = ports.clock.now();
  const snapshots = await ports.folder.list({ remake: false });
  const due = findDue(snapshots, request.schedule, started).map(({ tier }) => tier);
  if (due.length === 0) return nothingDone(due, null);
  const waiting = await explainWait(ports, started);
  if (waiting !== null) return nothingDone(due, waiting);
  const { serveDueTiers } = await import('./serve-due-tiers.ts');
  try {
    return await serveDueTiers(ports, request, started);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'RUN.LOCKED') throw error;
    const names = tiers.filter((tier) => due.includes(tier)).join(', ');
    return nothingDone(due, `Another run holds the lock; ${names} will be looked at again by the next auto`);
  }
}

/** A log that cannot be read keeps nobody from a backup. */
async function readRunsIfPossible({ folder, progress }: Ports): Promise<RunLog | null> {
  try {
    return await folder.readRuns();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    progress.note(error.message);
    return null;
  }
}

async function explainWait(ports: Ports, now: Date): Promise<string | null> {
  const runs = await readRunsIfPossible(ports);
  if (runs === null || runs.consecutiveFailures < patientFailures || runs.last?.finished == null) return null;
  const minutes = Math.min(longestWaitMinutes, 2 ** (runs.consecutiveFailures - patientFailures + 1));
  const sinceMs = now.getTime() - Date.parse(runs.last.finished);
  if (sinceMs < 0 || sinceMs >= minutes * 60_000) return null;
  return `The last ${runs.consecutiveFailures} backups failed, so the next try is ${minutes} minutes after the last one; holdfast health says more`;
}
