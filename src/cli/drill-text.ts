import type { DrillPhaseName } from '../operations/drilling/phase-watch.ts';
import type { DrillResult } from '../operations/drilling/request.ts';
import { countOf } from '../util/bytes.ts';
import { formatDuration } from '../util/duration.ts';
import { printable } from './text-table.ts';

/** What was proved, what was found, and how long a real restore would take. */
export function describeDrill(result: DrillResult): string {
  const { findings, warnings } = result;
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    ...findings.flatMap(({ severity, check, message, samples, hint }) => [
      `${severity} ${check}: ${printable(message)}`,
      ...samples.map((sample) => `    ${printable(sample)}`),
      ...(hint === null ? [] : [`  ${printable(hint)}`]),
    ]),
    ...describeProof(result),
    ...describeTime(result),
    ...describeEnd(result),
  ].join('\n');
}

function describeProof({ snapshot, scratch, tables, rows, checks, nextIds }: DrillResult): string[] {
  const name = printable(snapshot.name);
  if (scratch === null) return [`${name} was not restored: its file is damaged`];
  const where = scratch.kind === 'file' ? 'a file' : `a ${scratch.kind}`;
  const on = scratch.host === null ? '' : ` on ${printable(scratch.host)}`;
  if (tables.length === 0) return [`${name} could not be restored into ${where} of its own${on}`];
  const empty = nextIds.empty === 0 ? '' : `, ${nextIds.empty} more are empty`;
  return [
    `Restored ${name} into ${where} of its own${on}, and dropped it again`,
    `  ${countOf(rows, 'row')} in ${countOf(tables.length, 'table')} read back and compared; ${countOf(checks, 'check')} of orphans, duplicates, counters and rules`,
    `  ${countOf(nextIds.written, 'numbered table')} took a new row${empty}`,
  ];
}

const labels: Readonly<Record<DrillPhaseName, string>> = {
  verify: 'verify',
  create: 'make the database',
  restore: 'restore',
  compare: 'compare',
  check: 'check',
  write: 'write',
  drop: 'drop',
};

function describeTime({ phases, restoreMs, durationMs }: DrillResult): string[] {
  const parts = phases.map(({ name, ms }) => `${labels[name]} ${formatDuration(ms)}`);
  const time = `  ${parts.join(', ')}; ${formatDuration(durationMs)} in all`;
  if (restoreMs === null) return [time];
  return [
    time,
    `A real restore would take about ${formatDuration(restoreMs)}, and the safety snapshot before it`,
  ];
}

function describeEnd({ ok, snapshot, drilled, findings }: DrillResult): string[] {
  const name = printable(snapshot.name);
  if (drilled !== null) {
    const noted = `${name} is noted as restored and checked on ${drilled.slice(0, 16).replace('T', ' ')} UTC`;
    return ok ? [noted] : [`${noted}, with ${countOf(findings.length, 'warning')}`];
  }
  if (ok) return [`${name} is good; that is not noted, as it is not in the backup folder or that is in use`];
  return [
    `${countOf(findings.length, 'finding')}: ${name} does not pass. Next: holdfast backup, then holdfast drill`,
  ];
}
