import type { ValidateDataResult } from '../operations/validate-data.ts';
import { countOf, formatCount } from '../util/bytes.ts';
import { formatDuration } from '../util/duration.ts';
import { printable } from './text-table.ts';

type DataFinding = ValidateDataResult['findings'][number];

/** The result for a person: the worst first, each with its rows, what to do, and a statement that shows them. */
export function describeData(result: ValidateDataResult): string {
  const { counts, findings, warnings, durationMs } = result;
  const checked = `${countOf(counts.checks, 'check')} over ${countOf(counts.tables, 'table')}, in ${formatDuration(durationMs)}`;
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    ...findings.flatMap(describeFinding),
    findings.length === 0
      ? `The data of ${describeSubject(result)} is sound: ${checked}`
      : `${describeCounts(counts)} in ${describeSubject(result)}: ${checked}`,
  ].join('\n');
}

function describeFinding({ severity, check, message, samples, count, hint, sql }: DataFinding): string[] {
  const more = count - samples.length;
  return [
    `${severity} ${check}: ${printable(message)}`,
    ...samples.map((sample) => `    ${printable(sample)}`),
    ...(samples.length > 0 && more > 0 ? [`    and ${formatCount(more)} more`] : []),
    ...(hint === null ? [] : [`  ${printable(hint)}`]),
    ...(sql === null ? [] : [`  To look at them: ${printable(sql)}`]),
    '',
  ];
}

function describeCounts({ errors, warnings }: ValidateDataResult['counts']): string {
  const parts = [
    ...(errors === 0 ? [] : [countOf(errors, 'error')]),
    ...(warnings === 0 ? [] : [countOf(warnings, 'warning')]),
  ];
  return parts.join(' and ');
}

function describeSubject({ database, snapshot }: ValidateDataResult): string {
  if (snapshot !== null) return `snapshot ${printable(snapshot.name)}`;
  const { host, name } = database;
  return printable(host === null ? name : `${name} on ${host}`);
}
