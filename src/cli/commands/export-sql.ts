import path from 'node:path';
import { Option } from 'commander';
import { AppError } from '../../errors.ts';
import type { DialectName } from '../../export/sql-dialect.ts';
import type { ExportSqlResult } from '../../operations/export-sql.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { type AddCommand, addKeyOptions, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

const names: readonly DialectName[] = ['postgresql', 'mysql', 'mariadb', 'sqlite'];

interface ExportSqlFlags extends CommonFlags {
  readonly dialect?: DialectName;
  readonly output?: string;
}

export const addExportSql: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('export-sql <snapshot>'))
    .description(
      'Writes a snapshot as SQL that loads into an empty database with psql, mariadb, mysql or sqlite3: tables, rows, keys and counters. <snapshot> is a path, a name, the beginning of an id, or latest.',
    )
    .addOption(
      new Option('--dialect <name>', "the SQL to write (default: that of the snapshot's database)").choices(
        names,
      ),
    )
    .option(
      '-o, --output <file>',
      'write a new file instead of standard output; gzipped where it ends with .gz',
    );
  addKeyOptions(command);
  withExamples(command, [
    'holdfast export-sql latest | psql -v ON_ERROR_STOP=1 -d copy',
    'holdfast export-sql latest -o shop.sql.gz',
    'holdfast export-sql latest | sqlite3 -bail copy.db',
  ]);
  command.action((snapshot: string, flags: ExportSqlFlags) =>
    run('export-sql', flags, (session) => writeSql(session, snapshot, flags)),
  );
};

async function writeSql(
  session: Session,
  reference: string,
  { dialect, output, json }: ExportSqlFlags,
): Promise<Outcome> {
  const { io, progress } = session;
  if (output === undefined && json === true) {
    throw new AppError('USAGE', 'With --json the SQL needs a file of its own', {
      hint: 'Add -o <file>, or leave --json out to get the SQL on standard output',
    });
  }
  const { exportAsSql } = await import('../../api/export-sql.ts');
  const options = {
    ...(dialect === undefined ? {} : { dialect }),
    output: output === undefined ? io.stdout : path.resolve(io.cwd, output),
  };
  const result = await exportAsSql(session, reference, options, 'standard output');
  for (const warning of result.warnings) progress.note(`Warning: ${warning}`);
  const text = result.path === null ? '' : describe(result, result.path);
  return { document: result, text, exitCode: exitCodes.done };
}

function describe(
  { snapshot, rows, tables, bytes, client, durationMs }: ExportSqlResult,
  file: string,
): string {
  return [
    `Wrote ${printable(file)}`,
    `  ${printable(snapshot.name)} as SQL: ${countOf(rows, 'row')} in ${countOf(tables, 'table')}, ${formatBytes(bytes)} of text, in ${formatDuration(durationMs)}`,
    `Next: load it into an empty database with ${client}`,
  ].join('\n');
}
