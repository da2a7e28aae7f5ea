import type { History, HistoryQuery, HistoryRun, KeptSetting, RunResult } from '../ports/history.ts';

export interface HistoryResult {
  readonly command: 'history';
  readonly ok: true;
  readonly path: string;
  /** The newest first. */
  readonly runs: readonly HistoryRun[];
  /** Null unless they were asked for. */
  readonly stats: readonly CommandStats[] | null;
  /** Null unless they were asked for. */
  readonly settings: readonly KeptSetting[] | null;
}

export interface CommandStats {
  readonly command: string;
  readonly runs: number;
  readonly results: Readonly<Partial<Record<RunResult, number>>>;
  /** Of the runs that succeeded or failed, how many succeeded, from 0 to 1; null when there is none. */
  readonly successRate: number | null;
  /** Of the runs that succeeded, in milliseconds. */
  readonly duration: Spread | null;
  /** Of the runs that succeeded. */
  readonly bytes: (Spread & { readonly total: number }) | null;
  readonly lastSuccess: string | null;
  readonly lastFailure: string | null;
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface HistoryRequest {
  readonly path: string;
  /** Null when there is no history yet. */
  readonly history: History | null;
  readonly query: HistoryQuery;
  readonly withStats: boolean;
  readonly withSettings: boolean;
}

/**
 * Shows the runs that match.
 *
 * @throws AppError HISTORY.UNUSABLE
 */
export async function showHistory(request: HistoryRequest): Promise<HistoryResult> {
  const { path, history, query, withStats, withSettings } = request;
  const runs = history === null ? [] : await history.runs(query);
  const settings = history === null ? [] : await history.settings();
  return {
    command: 'history',
    ok: true,
    path,
    runs: withStats ? [] : runs,
    stats: withStats ? statsOf(runs) : null,
    settings: withSettings ? settings : null,
  };
}

/** Figures for each command, the one with the most runs first. */
export function statsOf(runs: readonly HistoryRun[]): readonly CommandStats[] {
  const byCommand = new Map<string, HistoryRun[]>();
  for (const run of runs) {
    const some = byCommand.get(run.command);
    if (some === undefined) byCommand.set(run.command, [run]);
    else some.push(run);
  }
  return [...byCommand]
    .map(([command, some]) => describeCommand(command, some))
    .sort((a, b) => b.runs - a.runs || (a.command < b.command ? -1 : 1));
}

function describeCommand(command: string, runs: readonly HistoryRun[]): CommandStats {
  const results: Partial<Record<RunResult, number>> = {};
  for (const { result } of runs) results[result] = (results[result] ?? 0) + 1;
  const good = runs.filter(({ result }) => isGood(result));
  const failed = runs.filter(({ result }) => result === 'failed');
  const decided = good.length + failed.length;
  const sizes = good.flatMap(({ bytes }) => (bytes === null ? [] : [bytes]));
  const bytes = spreadOf(sizes);
  return {
    ...{ command, runs: runs.length, results },
    successRate: decided === 0 ? null : good.length / decided,
    duration: spreadOf(good.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]))),
    bytes: bytes === null ? null : { ...bytes, total: sizes.reduce((sum, size) => sum + size, 0) },
    lastSuccess: newestOf(good),
    lastFailure: newestOf(failed),
  };
}

/** With findings the work was done all the same. */
function isGood(result: RunResult): boolean {
  return result === 'succeeded' || result === 'findings';
}

function newestOf(runs: readonly HistoryRun[]): string | null {
  return (
    runs
      .map(({ started }) => started)
      .toSorted()
      .at(-1) ?? null
  );
}

function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const isEven = sorted.length % 2 === 0;
  const median = isEven ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[middle]!;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}
