import type { TableEffect } from '../operations/restoring/plan.ts';
import type { RestoreResult } from '../operations/restoring/request.ts';
import { formatTableName } from '../snapshot/table.ts';
import { countOf, formatCount } from '../util/bytes.ts';
import { formatDuration } from '../util/duration.ts';
import type { Outcome } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable, printable } from './text-table.ts';

export function presentRestore(result: RestoreResult): Outcome {
  return {
    document: result,
    text: describe(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

/** What a restore does to each table, as columns. */
export function describeEffects(tables: readonly TableEffect[]): string {
  const hasSkipped = tables.some((table) => table.skipped > 0);
  const head = ['Table', 'Model', 'Insert', 'Update', 'Delete', 'Unchanged', 'Newer than the snapshot, lost'];
  const rows = tables.map((table) => [
    printable(formatTableName(table)),
    table.model ?? '-',
    ...[table.insert, table.update, table.delete, table.unchanged].map(formatCount),
    table.newer === null ? 'not known' : formatCount(table.newer),
    ...(hasSkipped ? [formatCount(table.skipped)] : []),
  ]);
  return formatTable(hasSkipped ? [...head, 'Kept as they are'] : head, rows, [2, 3, 4, 5, 6, 7]);
}

function describe(result: RestoreResult): string {
  const warnings = result.warnings.map((warning) => `Warning: ${printable(warning)}`);
  return [
    describeEffects(result.tables),
    ...warnings,
    ...(result.dryRun ? describeDryRun(result) : describeRun(result)),
  ].join('\n');
}

function describeDryRun({ failures, snapshot }: RestoreResult): string[] {
  if (failures.length === 0)
    return [`Dry run: nothing was written. Restoring ${printable(snapshot.name)} would succeed`];
  return [
    'Dry run: nothing was written. The restore would fail:',
    ...failures.map((failure) => `  ${failure.kind}: ${printable(failure.message)}`),
  ];
}

function describeRun({ command, snapshot, database, safety, tables, durationMs }: RestoreResult): string[] {
  const changed = tables.reduce((sum, table) => sum + table.insert + table.update + table.delete, 0);
  const verb = command === 'undo' ? 'Undone with' : 'Restored';
  const lines = [
    `${verb} ${printable(snapshot.name)} (taken ${printable(snapshot.created)}) into ${printable(database.name)}: ${countOf(changed, 'row')} changed, in ${formatDuration(durationMs)}`,
  ];
  if (safety !== null) lines.push(`What was there before is in ${printable(safety.path)}`);
  if (safety !== null && command === 'restore') lines.push('To go back to it: holdfast undo');
  return [...lines, 'Next: restart your application, so that it sees the restored rows'];
}
