import type { HistoryResult } from '../operations/history.ts';
import type { HistoryQuery, RunResult } from '../ports/history.ts';
import type { Workspace } from './workspace.ts';

/** How many runs are shown when nothing else is asked for; figures are over all. */
export const usualRuns = 50;

export interface HistoryOptions {
  /** Only runs of this command, such as `backup`. */
  readonly command?: string;
  /** Only runs that ended so. */
  readonly result?: RunResult;
  readonly since?: Date;
  /** Only runs of snapshots with this in their name. */
  readonly snapshot?: string;
  /** How many at most, null for all; default 50, with `stats` all. */
  readonly limit?: number | null;
  /** Figures in place of the runs. */
  readonly stats?: boolean;
  /** Also the settings that the last run used. */
  readonly settings?: boolean;
}

/** Shows the runs that changed something. */
export async function readHistory(
  { settings, ports }: Workspace,
  options: HistoryOptions,
): Promise<HistoryResult> {
  const { openExistingHistory } = await import('../app.ts');
  const { showHistory } = await import('../operations/history.ts');
  const path = settings.historyPath;
  const note = (message: string): void => ports.progress.note(message);
  const history = await openExistingHistory({ path, clock: ports.clock, note });
  const { stats: withStats = false, settings: withSettings = false } = options;
  try {
    return await showHistory({ path, history, query: historyQuery(options), withStats, withSettings });
  } finally {
    await history?.close();
  }
}

/** Which runs these options ask for. */
export function historyQuery(options: HistoryOptions): HistoryQuery {
  const { command = null, result = null, since = null, snapshot = null, stats = false } = options;
  const { limit = stats ? null : usualRuns } = options;
  return { command, result, since, snapshot, limit };
}
