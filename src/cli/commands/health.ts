import { checkHealth } from '../../api/health.ts';
import type { HealthResult, HealthSnapshot } from '../../operations/health.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

export const addHealth: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('health'))
    .description(
      'Says whether the backups can be relied on: their age, the schedule, failures, the folder, free space, unusual sizes. Exit code 4 when there is a finding. Needs no database.',
    )
    .option(
      '--max-age <time>',
      'how old the newest verified backup may be (default: BACKUP_MAX_AGE, else 26h)',
    )
    .option('--time-zone <name>', 'the time zone of the schedule (default: BACKUP_TIME_ZONE, else UTC)');
  withExamples(command, ['holdfast health', 'holdfast health --json | jq -r .status']);
  command.action((flags: CommonFlags) => run('health', flags, runHealth));
};

async function runHealth(session: Session): Promise<Outcome> {
  const result = await checkHealth(session);
  return {
    document: result,
    text: describeHealth(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function describeHealth(result: HealthResult): string {
  const { status, findings, totalBackups, totalBytes, freeBytes, nextScheduled } = result;
  return [
    `Status: ${status}`,
    ...findings.flatMap(({ severity, check, message, hint }) => [
      `  ${severity} ${check}: ${printable(message)}`,
      `    ${printable(hint)}`,
    ]),
    `Last backup: ${describeSnapshot(result.lastBackup)}`,
    `Last verified: ${describeSnapshot(result.lastVerified)}`,
    `Last drill: ${result.lastDrill === null ? 'none: holdfast drill' : `${printable(result.lastDrill.name)}, restored and checked ${shorten(result.lastDrill.drilled)}`}`,
    `Next scheduled: ${nextScheduled === null ? 'nothing, every tier is off' : shorten(nextScheduled)}`,
    `${countOf(totalBackups, 'backup')}, ${formatBytes(totalBytes)}; ${freeBytes === null ? 'no folder yet' : `${formatBytes(freeBytes)} free`}`,
  ].join('\n');
}

function describeSnapshot(snapshot: HealthSnapshot | null): string {
  if (snapshot === null) return 'none';
  const { name, created, rows, bytes } = snapshot;
  return `${printable(name)}, ${shorten(created)}, ${countOf(rows, 'row')}, ${formatBytes(bytes)}`;
}

function shorten(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}
