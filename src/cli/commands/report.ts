import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { usualBackupsShown, writeReport } from '../../api/report.ts';
import type { ReportFinding } from '../../export/report.ts';
import type { ReportResult } from '../../operations/report.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatInstant } from '../../util/time-text.ts';
import { type AddCommand, addKeyOptions, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

interface ReportFlags extends CommonFlags {
  /** False with `--no-data`. */
  readonly data: boolean;
  readonly out?: string;
  readonly last: number;
  readonly failOn: ReportFinding['severity'];
}

export const addReport: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('report'))
    .description(
      'Writes integrity-report-<time>.html and .json: what the checks of the data found, whether the backups can be relied on, rows and bytes of each model over the last backups, and what the next cleanup removes. Exit code 4 with findings.',
    )
    .option('--out <folder>', 'where the two files go (default: the backup folder)')
    .option('--no-data', 'do not check the data; needs no database then')
    .option('--last <count>', 'how many of the newest backups the plots show', parseCount, usualBackupsShown)
    .addOption(
      new Option('--fail-on <severity>', 'exit 4 from findings of this severity on')
        .choices(['error', 'warning'])
        .default('error'),
    );
  addKeyOptions(command);
  withExamples(command, [
    'holdfast report',
    'holdfast report --no-data --out /var/www/backups',
    'holdfast report --json --fail-on warning | jq .health.status',
  ]);
  command.action((flags: ReportFlags) => run('report', flags, (session) => show(session, flags)));
};

/** Each backup costs an opened file, and a point in every plot. */
const mostBackups = 1000;

function parseCount(value: string): number {
  const count = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= mostBackups) return count;
  throw new InvalidArgumentError(`it takes a whole number from 1 to ${mostBackups}`);
}

async function show(session: Session, { out, data, last, failOn }: ReportFlags): Promise<Outcome> {
  const folder = out === undefined ? {} : { out: path.resolve(session.io.cwd, out) };
  const result = await writeReport(session, { ...folder, data, last, failOn });
  return {
    document: result,
    text: describe(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function describe({ created, data, health, cleanup, files }: ReportResult): string {
  const { lastVerified, findings } = health;
  return [
    `Data: ${describeData(data)}`,
    `Backups: ${lastVerified === null ? 'none is verified' : `the newest verified one of ${formatInstant(lastVerified.created)}`}, ${countOf(findings.length, 'finding')}`,
    `Next cleanup: ${describeCleanup(cleanup)}`,
    `Report of ${formatInstant(created)}: ${printable(files.html)}`,
    `Its figures: ${printable(files.json)}`,
  ].join('\n');
}

function describeData(data: ReportResult['data']): string {
  if (data.status === 'skipped') return 'not checked';
  if (data.status === 'failed') return `could not be checked: ${printable(data.error.message)}`;
  return `${countOf(data.checks, 'check')}, ${countOf(data.findings.length, 'finding')}`;
}

function describeCleanup(cleanup: ReportResult['cleanup']): string {
  if (cleanup.status === 'failed') return printable(cleanup.error.message);
  const { removed, freedBytes } = cleanup;
  return removed.length === 0
    ? 'removes nothing'
    : `removes ${countOf(removed.length, 'snapshot')}, ${formatBytes(freedBytes)}`;
}
