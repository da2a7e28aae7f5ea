import type { ReportRequest, ReportResult } from '../operations/report.ts';
import { checkData } from './validate-data.ts';
import type { Workspace } from './workspace.ts';

/** So many of the newest backups are in the plots when nothing else is asked for. */
export const usualBackupsShown = 60;

export interface ReportOptions {
  /** The folder of the two files; default: the backup folder. */
  readonly out?: string;
  /** Whether to check the data, for which a database is needed; default true. */
  readonly data?: boolean;
  /** How many of the newest backups the plots show; default 60. */
  readonly last?: number;
  /** The least severity that makes `ok` false; default `error`. */
  readonly failOn?: ReportRequest['failOn'];
}

/** Writes a page and a JSON document on the data and its backups. */
export async function writeReport(workspace: Workspace, options: ReportOptions): Promise<ReportResult> {
  const { report } = await import('../operations/report.ts');
  const { schedule, maxAgeMs, maxBytes, policy, policyFaults } = workspace.settings;
  const { out = null, data = true, last = usualBackupsShown, failOn = 'error' } = options;
  return report(workspace.ports, {
    health: { schedule, maxAgeMs, maxBytes },
    cleanup: { policy, policyFaults, schedule },
    validate: data ? () => checkData(workspace, { failOn }) : null,
    ...{ last, failOn, out },
  });
}
