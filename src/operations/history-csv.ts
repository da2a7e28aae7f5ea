import { formatCsv } from '../util/csv.ts';
import { oneLine } from '../util/one-line.ts';
import type { HistoryResult } from './history.ts';

/** One line for each run; the numbers are plain, so that a spreadsheet can count with them. */
export function formatHistory({ runs }: HistoryResult): string {
  const head = [
    ...['run', 'command', 'subject', 'who', 'started', 'finished', 'result', 'database', 'snapshot'],
    ...['tables', 'rows', 'bytes', 'duration_ms', 'error_code', 'error', 'tool'],
  ];
  const rows = runs.map((run) => [
    ...[run.id, run.command, run.subject, run.who, run.started, run.finished, run.result, run.database],
    ...[run.snapshot, run.tables, run.rows, run.bytes, run.durationMs, run.error?.code ?? null],
    run.error === null ? null : oneLine(run.error.message),
    run.tool,
  ]);
  return formatCsv([head, ...rows]);
}
