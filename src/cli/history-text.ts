import type { CommandStats, HistoryResult } from '../operations/history.ts';
import type { HistoryQuery, HistoryRun } from '../ports/history.ts';
import { formatBytes, formatCount } from '../util/bytes.ts';
import { formatDuration } from '../util/duration.ts';
import { oneLine } from '../util/one-line.ts';
import { formatSecond } from '../util/time-text.ts';
import { formatTable, printable } from './text-table.ts';

export interface ShownHistory {
  readonly query: HistoryQuery;
  /** Whether a run that has no end is still at work. */
  readonly isAtWork: (run: HistoryRun) => boolean;
}

/** The answer for people. */
export function describeHistory(result: HistoryResult, shown: ShownHistory): string {
  return [...describeAnswer(result, shown), ...describeSettings(result)].join('\n');
}

function describeAnswer(
  { path, runs, stats }: HistoryResult,
  { query, isAtWork }: ShownHistory,
): readonly string[] {
  if (stats !== null) return stats.length === 0 ? [noRuns(path, query)] : [describeStats(stats)];
  if (runs.length === 0) return [noRuns(path, query)];
  const head = ['Started (UTC)', 'Command', 'Result', 'Snapshot', 'Rows', 'Size', 'Took', 'Who', 'Run'];
  const errors = runs.flatMap(describeTrouble);
  const isCut = query.limit !== null && runs.length === query.limit;
  return [
    formatTable(
      head,
      runs.map((run) => describeRun(run, isAtWork)),
      [4, 5, 6],
    ),
    ...(errors.length === 0 ? [] : ['', ...errors]),
    ...(isCut ? [`The newest ${formatCount(runs.length)}; more with --limit`] : []),
  ];
}

function noRuns(path: string, query: HistoryQuery): string {
  const { command, result, since, snapshot } = query;
  const isFiltered = [command, result, since, snapshot].some((filter) => filter !== null);
  return isFiltered ? `No run in ${printable(path)} is like that` : `No runs yet in ${printable(path)}`;
}

function describeRun(run: HistoryRun, isAtWork: ShownHistory['isAtWork']): readonly string[] {
  return [
    formatSecond(run.started),
    run.command,
    run.result === 'running' && !isAtWork(run) ? 'broken off' : run.result,
    run.snapshot ?? run.subject ?? '-',
    run.rows === null ? '-' : formatCount(run.rows),
    run.bytes === null ? '-' : formatBytes(run.bytes),
    run.durationMs === null ? '-' : formatDuration(run.durationMs),
    run.who,
    run.id.slice(0, 8),
  ];
}

function describeTrouble({ id, error, deliveries }: HistoryRun): readonly string[] {
  const lost = deliveries.filter(({ ok }) => !ok);
  const short = id.slice(0, 8);
  return [
    ...(error === null ? [] : [`${short}  ${printable(oneLine(error.message))} [${error.code}]`]),
    ...lost.map(
      ({ channel, what, message }) => `${short}  message ${what} by ${channel}: ${printable(message)}`,
    ),
  ];
}

function describeStats(stats: readonly CommandStats[]): string {
  const head = [
    'Command',
    'Runs',
    'Succeeded',
    'Median time',
    'Longest',
    'Median size',
    'All sizes',
    'Last failure (UTC)',
  ];
  const rows = stats.map(({ command, runs, successRate, duration, bytes, lastFailure }) => [
    command,
    formatCount(runs),
    successRate === null ? '-' : formatRate(successRate),
    duration === null ? '-' : formatDuration(duration.median),
    duration === null ? '-' : formatDuration(duration.max),
    bytes === null ? '-' : formatBytes(bytes.median),
    bytes === null ? '-' : formatBytes(bytes.total),
    lastFailure === null ? '-' : formatSecond(lastFailure),
  ]);
  return formatTable(head, rows, [1, 2, 3, 4, 5, 6]);
}

/** Never 100 % where one run failed. */
function formatRate(rate: number): string {
  return rate === 1 ? '100 %' : `${(Math.floor(rate * 1000) / 10).toFixed(1)} %`;
}

function describeSettings({ settings }: HistoryResult): readonly string[] {
  if (settings === null || settings.length === 0) return [];
  const rows = settings.map(({ name, value, changed }) => [name, value, formatSecond(changed)]);
  return ['', formatTable(['Setting', 'Value', 'Since (UTC)'], rows)];
}
