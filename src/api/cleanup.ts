import type { CleanupRequest, CleanupResult } from '../operations/cleanup.ts';
import { policyOfDays, type RetentionPolicy } from '../retention/policy.ts';
import { runLogged, type Workspace } from './workspace.ts';

export interface CleanupOptions {
  /** Automatic snapshots that are older go; default: the policy of the settings. */
  readonly days?: number;
  /** Say what would be deleted, and why; delete nothing. */
  readonly dryRun?: boolean;
  /** Those made by hand, too, by the same number of days. */
  readonly includeManual?: boolean;
  /** The clock is right, although it has leapt since the last run. */
  readonly trustClock?: boolean;
}

/** Deletes what the policy no longer keeps. */
export async function cleanUp(workspace: Workspace, options: CleanupOptions): Promise<CleanupResult> {
  const { cleanup } = await import('../operations/cleanup.ts');
  const { settings, ports } = workspace;
  const request: CleanupRequest = {
    policy: choosePolicy(settings.policy, settings.retentionDays, options),
    policyFaults: settings.policyFaults,
    schedule: settings.schedule,
    dryRun: options.dryRun ?? false,
    trustClock: options.trustClock ?? false,
  };
  if (request.dryRun) return cleanup(ports, request);
  return runLogged(workspace, 'cleanup', (logged) => cleanup(logged, request));
}

function choosePolicy(
  settings: RetentionPolicy,
  retentionDays: number,
  { days, includeManual = false }: CleanupOptions,
): RetentionPolicy {
  const policy = days === undefined ? settings : policyOfDays(settings, days);
  return includeManual ? { ...policy, manual: { days: days ?? retentionDays } } : policy;
}
