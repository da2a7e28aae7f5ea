import path from 'node:path';
import type { DrillRequest, DrillResult } from '../operations/drilling/request.ts';
import { findApplication, runLogged, type Workspace } from './workspace.ts';

export interface DrillOptions {
  /** A snapshot, as for `restore`; default: the newest verified one. */
  readonly snapshot?: string;
  /** Where to restore it: a variable that holds the address of a database on another server, or such an address without a password. */
  readonly to?: string;
  /** How many rows of each finding to show; default 5. */
  readonly samples?: number;
  /** How long each check may take, in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
}

/** Restores a snapshot on trial, and proves what came back. */
export async function runDrill(workspace: Workspace, options: DrillOptions): Promise<DrillResult> {
  const { drill } = await import('../operations/drill.ts');
  const { withFetched } = await import('../operations/offsite/fetch.ts');
  const request = await drillRequest(workspace, options);
  const { reference } = request;
  const run = reference === null ? 'drill' : { command: 'drill', subject: reference };
  return runLogged(workspace, run, (ports) =>
    reference === null
      ? drill(ports, request)
      : withFetched(ports, reference, (fetched) => drill(fetched, request)),
  );
}

/** What a drill is asked for; reads the settings, and opens no database. */
export async function drillRequest(
  workspace: Workspace,
  { snapshot, to, samples = 5, timeoutMs = 30_000 }: DrillOptions,
): Promise<DrillRequest> {
  const { readCheckSettings } = await import('../config/check-settings.ts');
  const { settings } = workspace;
  const { target, appSchema } = await findApplication(workspace, to);
  return {
    reference: snapshot ?? null,
    target,
    folder: to === undefined ? path.resolve(settings.backupDir) : null,
    lockTimeoutMs: settings.lockTimeoutMs,
    settings: await readCheckSettings(settings),
    findSchema: async () => appSchema?.schema ?? null,
    samples,
    timeoutMs,
  };
}
