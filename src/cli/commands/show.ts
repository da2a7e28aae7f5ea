import { InvalidArgumentError } from 'commander';
import { parseRows, showOne, showRowsOf, usualRowCount } from '../../api/show.ts';
import type { ShownOutside, ShownRows, ShowResult } from '../../operations/show-snapshot.ts';
import { tiersServed } from '../../retention/candidate.ts';
import { formatTableName } from '../../snapshot/table.ts';
import { countOf, formatBytes, formatCount } from '../../util/bytes.ts';
import { type AddCommand, addKeyOptions, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

interface ShowFlags extends CommonFlags {
  readonly rows?: string;
  readonly limit: number;
}

export const addShow: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('show <snapshot>'))
    .description(
      'Shows the header of a snapshot, its tables, and what was left out. <snapshot> is a path, a name, the beginning of an id, or latest; s3:latest is one on the target s3.',
    )
    .option('--rows <model>', 'print rows of this model or table instead')
    .option('--limit <number>', 'how many rows', parseLimit, usualRowCount);
  addKeyOptions(command);
  withExamples(command, ['holdfast show latest', 'holdfast show latest --rows Product --limit 5']);
  command.action((snapshot: string, flags: ShowFlags) =>
    run('show', flags, (session) => show(session, snapshot, flags)),
  );
};

function parseLimit(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('it takes a whole number');
  return Number(value);
}

async function show(session: Session, reference: string, { rows, limit }: ShowFlags): Promise<Outcome> {
  if (rows !== undefined) {
    const shown = await showRowsOf(session, { reference, tableName: rows, limit });
    return {
      document: parseRows(shown),
      text: describeRows(shown),
      exitCode: exitCodes.done,
      isAnswer: true,
    };
  }
  const result = await showOne(session, reference);
  const text = result.header === null ? describeOutside(result) : describe(result);
  return { document: result, text, exitCode: exitCodes.done, isAnswer: true };
}

function describeRows({ table, rows }: ShownRows): string {
  const names = JSON.stringify(table.columns.map((column) => column.name));
  return [names, ...rows].map(printable).join('\n');
}

type Fact = readonly [name: string, value: string | null];

function describeOutside({ path, bytes, verified, drilled, outside }: ShownOutside): string {
  const { id, created, purpose, tier, rows, database } = outside;
  return [
    ...describeFacts([
      ['File', `${path} (${formatBytes(bytes)}, encrypted)`],
      ['Id', id],
      ['Taken', created],
      ['Database', `${database.provider}, ${nameOf(database)}`],
      ['Tier', tier ?? (purpose === 'safety' ? 'safety snapshot' : null)],
      ['Rows', formatCount(rows)],
      ['Verified', verified ?? 'not yet: holdfast validate backup'],
      ['Drilled', drilled ?? 'not yet: holdfast drill'],
    ]),
    '',
    'To see what is inside: holdfast show <snapshot> --identity <file>',
  ].join('\n');
}

function nameOf({ host, name }: { readonly host: string | null; readonly name: string }): string {
  return host === null ? name : `${name} on ${host}`;
}

function describeFacts(facts: readonly Fact[]): string[] {
  return facts.flatMap(([name, value]) =>
    value === null ? [] : `${`${name}:`.padEnd(10)} ${printable(value)}`,
  );
}

function describe({ path, bytes, verified, drilled, header, tables }: ShowResult): string {
  const facts: Fact[] = [
    ['File', `${path} (${formatBytes(bytes)})`],
    ['Id', header.id],
    ['Taken', `${header.created} by ${header.tool}`],
    ['Database', `${header.provider} ${header.serverVersion}, ${nameOf(header.database)}`],
    ['Kind', header.kind === 'file' ? 'the whole database file' : null],
    ['Tier', tiersServed(header).join('+') || (header.purpose === 'safety' ? 'safety snapshot' : null)],
    ['About', header.description],
    ['Tags', header.tags.length === 0 ? null : header.tags.join(', ')],
    ['Verified', verified ?? 'not yet: holdfast validate backup'],
    ['Drilled', drilled ?? 'not yet: holdfast drill'],
    ['Complete', header.partial ? 'no, some tables were not chosen' : 'yes'],
  ];
  const rows = tables.map((table) => [
    printable(formatTableName(table)),
    table.model ?? '-',
    formatCount(table.rows),
    table.bytes === null ? '-' : formatBytes(table.bytes),
  ]);
  const total = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    ...describeFacts(facts),
    '',
    formatTable(['Table', 'Model', 'Rows', 'Text'], rows, [2, 3]),
    `${countOf(total, 'row')} in ${countOf(tables.length, 'table')}`,
    ...header.leftOut.map(
      ({ kind, name, reason }) => `Left out: ${kind} ${printable(name)} (${printable(reason)})`,
    ),
    ...header.warnings.map((warning) => `Warning: ${printable(warning)}`),
  ].join('\n');
}
