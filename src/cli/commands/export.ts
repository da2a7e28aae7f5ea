import { Option } from 'commander';
import type { ExportOptions, WrittenExport } from '../../api/export.ts';
import type { FormatName } from '../../export/record-format.ts';
import { countOf } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import {
  type AddCommand,
  addKeyOptions,
  collectNames,
  type Outcome,
  withCommonOptions,
  withExamples,
} from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

const formats: readonly FormatName[] = ['csv', 'ndjson'];

type ExportFlags = CommonFlags & ExportOptions;

export const addExport: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('export <snapshot>'))
    .description(
      'Writes the rows of a snapshot, one file for each model, into a folder or a ZIP archive. <snapshot> is a path, a name, the beginning of an id, or latest.',
    )
    .addOption(new Option('--format <format>', 'what to write').choices(formats).makeOptionMandatory())
    .option(
      '-o, --output <path>',
      'a folder that is new or empty, or a new file that ends with .zip (default: a folder named after the snapshot)',
    )
    .option('--only <names>', 'only these models or tables (repeatable, or with commas)', collectNames)
    .option('--exclude <names>', 'all but these models or tables (repeatable, or with commas)', collectNames)
    .option('--with-history', 'also the history of runs, as one more file')
    .option('--formula-safe', 'CSV for spreadsheets: an apostrophe in front of what would be a formula');
  addKeyOptions(command);
  withExamples(command, [
    'holdfast export latest --format csv -o shop.zip',
    'holdfast export latest --format ndjson --only Order,OrderLine -o orders',
    'holdfast export latest --format csv --formula-safe --with-history',
  ]);
  command.action((snapshot: string, flags: ExportFlags) =>
    run('export', flags, (session) => exportTo(session, snapshot, flags)),
  );
};

async function exportTo(session: Session, reference: string, flags: ExportFlags): Promise<Outcome> {
  const { exportRecords } = await import('../../api/export.ts');
  const result = await exportRecords(session, reference, { ...flags, cwd: session.io.cwd });
  return { document: result, text: describe(result), exitCode: exitCodes.done };
}

function describe({ snapshot, rows, files, history, path, durationMs }: WrittenExport): string {
  const withHistory = history === null ? '' : `, and the history of runs in ${history}`;
  return [
    `Wrote ${printable(path)}`,
    `  ${printable(snapshot.name)}: ${countOf(rows, 'row')} in ${countOf(files.length, 'file')}${withHistory}, in ${formatDuration(durationMs)}`,
  ].join('\n');
}
