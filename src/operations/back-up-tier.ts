import { AppError } from '../errors.ts';
import type { Ports } from '../ports/ports.ts';
import { findServing, nameOfPeriod } from '../retention/due-tiers.ts';
import { currentPeriod } from '../retention/periods.ts';
import type { Schedule } from '../retention/schedule.ts';
import type { Tier } from '../snapshot/header.ts';
import { type BackupRequest, type BackupResult, backUpLocked } from './backup.ts';

export interface TierBackupRequest extends BackupRequest {
  readonly tier: Tier;
  readonly schedule: Schedule;
  /** Take another one although the period is served. */
  readonly force: boolean;
}

/** The tier's period has its snapshot, so none was taken. */
export interface TierServed {
  readonly command: 'backup';
  readonly ok: true;
  readonly snapshot: null;
  readonly served: { readonly tier: Tier; readonly period: string; readonly by: string };
}

/**
 * Takes the snapshot of a tier's present period, unless a verified one is there.
 *
 * @throws AppError USAGE for a tier that is switched off, and whatever `backup` throws
 */
export async function backUpTier(
  ports: Ports,
  request: TierBackupRequest,
): Promise<BackupResult | TierServed> {
  const started = ports.clock.now();
  const { tier, schedule, force } = request;
  const period = currentPeriod(schedule, tier, started);
  if (period === null) {
    throw new AppError('USAGE', `Cannot take a ${tier} snapshot: the schedule has ${tier} switched off`, {
      hint: `Set BACKUP_SCHEDULE_${tier.toUpperCase()}, or take one without --tier`,
    });
  }
  const identity = await ports.engines.identify(request.target);
  const lock = await ports.folder.lock();
  try {
    const serving = force ? null : findServing(await ports.folder.list(), period);
    if (serving !== null) {
      const served = { tier, period: period.date, by: serving.name };
      return { command: 'backup', ok: true, snapshot: null, served };
    }
    const name = request.name ?? nameOfPeriod(period);
    return await backUpLocked(ports, { request: { ...request, name }, identity, started });
  } finally {
    await lock.release();
  }
}
