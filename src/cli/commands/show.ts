import { InvalidArgumentError } from 'commander';
import type { ShownRows, ShowResult } from '../../operations/show-snapshot.ts';
import { formatTableName } from '../../snapshot/table.ts';
import { countOf, formatBytes, formatCount } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

interface ShowFlags extends CommonFlags {
  readonly rows?: string;
  readonly limit: number;
}

export const addShow: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('show <snapshot>'))
    .summary('show what a snapshot holds')
    .description(
      'Shows the header of a snapshot, its tables, and what was left out. <snapshot> is a path, a name, the beginning of an id, or latest.',
    )
    .option('--rows <model>', 'print rows of this model or table instead')
    .option('--limit <number>', 'how many rows', parseLimit, 20);
  withExamples(command, ['holdfast show latest', 'holdfast show latest --rows Product --limit 5']);
  command.action((snapshot: string, flags: ShowFlags) =>
    run('show', flags, (session) => show(session, snapshot, flags)),
  );
};

function parseLimit(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('it takes a whole number');
  return Number(value);
}

async function show({ ports }: Session, snapshot: string, { rows, limit }: ShowFlags): Promise<Outcome> {
  const { showRows, showSnapshot } = await import('../../operations/show-snapshot.ts');
  if (rows !== undefined) {
    const shown = await showRows(ports, snapshot, { tableName: rows, limit });
    return {
      document: rowsDocument(shown),
      text: describeRows(shown),
      exitCode: exitCodes.done,
      isAnswer: true,
    };
  }
  const result = await showSnapshot(ports, snapshot);
  return { document: result, text: describe(result), exitCode: exitCodes.done, isAnswer: true };
}

/** Cells stand as the snapshot encodes them: texts, not numbers that JavaScript would round. */
function rowsDocument({ command, ok, table, rows }: ShownRows): object {
  return { command, ok, table, rows: rows.map((row) => JSON.parse(row)) };
}

function describeRows({ table, rows }: ShownRows): string {
  const names = JSON.stringify(table.columns.map((column) => column.name));
  return [names, ...rows].map(printable).join('\n');
}

function describe({ path, bytes, verified, header, tables }: ShowResult): string {
  const facts: [string, string | null][] = [
    ['File', `${path} (${formatBytes(bytes)})`],
    ['Id', header.id],
    ['Taken', `${header.created} by ${header.tool}`],
    [
      'Database',
      `${header.provider} ${header.serverVersion}, ${header.database.name}${header.database.host === null ? '' : ` on ${header.database.host}`}`,
    ],
    ['Tier', header.tier ?? (header.purpose === 'safety' ? 'safety snapshot' : null)],
    ['About', header.description],
    ['Tags', header.tags.length === 0 ? null : header.tags.join(', ')],
    ['Verified', verified ?? 'not yet: holdfast validate backup'],
    ['Complete', header.partial ? 'no, some tables were not chosen' : 'yes'],
  ];
  const shownFacts = facts.flatMap(([name, value]) =>
    value === null ? [] : `${`${name}:`.padEnd(10)} ${printable(value)}`,
  );
  const rows = tables.map((table) => [
    printable(formatTableName(table)),
    table.model ?? '-',
    formatCount(table.rows),
    formatBytes(table.bytes),
  ]);
  const total = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    ...shownFacts,
    '',
    formatTable(['Table', 'Model', 'Rows', 'Text'], rows, [2, 3]),
    `${countOf(total, 'row')} in ${countOf(tables.length, 'table')}`,
    ...header.leftOut.map(
      ({ kind, name, reason }) => `Left out: ${kind} ${printable(name)} (${printable(reason)})`,
    ),
    ...header.warnings.map((warning) => `Warning: ${printable(warning)}`),
  ].join('\n');
}
