import type { AutoResult } from '../operations/auto-request.ts';
import { backupRequest } from './backup.ts';
import { drillRequest } from './drill.ts';
import type { Workspace } from './workspace.ts';

/** Takes the snapshot that is due, if one is, and cleans up. */
export async function runAuto(workspace: Workspace): Promise<AutoResult> {
  const { auto } = await import('../operations/auto.ts');
  const { schedule, policy, policyFaults } = workspace.settings;
  return auto(workspace.ports, {
    schedule,
    cleanup: { policy, policyFaults, schedule, dryRun: false, trustClock: false },
    findRequest: () => backupRequest(workspace, {}),
    findDrill: () => drillRequest(workspace, {}),
  });
}
