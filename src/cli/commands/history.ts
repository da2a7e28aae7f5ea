import { InvalidArgumentError, Option } from 'commander';
import type { HistoryOptions } from '../../api/history.ts';
import type { HistoryRun, RunResult } from '../../ports/history.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { parseSince } from '../since.ts';

const results = [
  'running',
  'succeeded',
  'findings',
  'failed',
  'declined',
  'locked',
  'interrupted',
] as const satisfies readonly RunResult[];

interface HistoryFlags extends CommonFlags, Omit<HistoryOptions, 'since'> {
  readonly since?: string;
  readonly csv?: boolean;
}

export const addHistory: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('history'))
    .description(
      'Shows the runs of every command that changes something, the newest first: who, when, what, and how it ended.',
    )
    .option('--command <name>', 'only runs of this command, such as backup or restore')
    .addOption(new Option('--result <result>', 'only runs that ended so').choices(results))
    .option('--since <time>', 'only runs since a date, an instant, or a time ago such as 24h or 7d')
    .option('--snapshot <name>', 'only runs of snapshots with this in their name')
    .option('--limit <number>', `how many at most (default 50; --stats and --csv: all)`, parseLimit)
    .option('--stats', 'figures instead: success rate, durations, sizes')
    .option('--settings', 'also the settings that the last run used, and since when')
    .addOption(new Option('--csv', 'print CSV, safe to open in a spreadsheet').conflicts(['json', 'stats']));
  withExamples(command, [
    'holdfast history --result failed --since 30d',
    'holdfast history --stats',
    'holdfast history --command restore --csv > restores.csv',
  ]);
  command.action((flags: HistoryFlags) => run('history', flags, (session) => show(session, flags)));
};

function parseLimit(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('it takes a whole number from 1');
  return Number(value);
}

async function show(session: Session, flags: HistoryFlags): Promise<Outcome> {
  const { readWhoAndWhere } = await import('../../app.ts');
  const { historyQuery, readHistory } = await import('../../api/history.ts');
  const { formatHistory } = await import('../../operations/history-csv.ts');
  const { describeHistory } = await import('../history-text.ts');
  const { ports } = session;
  const options = historyOptions(flags, ports.clock.now());
  const result = await readHistory(session, options);
  const { host } = readWhoAndWhere();
  // Of another machine nothing is known: what has no end there is taken for running.
  const isAtWork = ({ who, process }: HistoryRun): boolean =>
    !who.endsWith(`@${host}`) || ports.isProcessAlive(process);
  const text =
    flags.csv === true
      ? // The output ends every text with a line feed: it is the second half of the last CRLF.
        formatHistory(result).slice(0, -1)
      : describeHistory(result, { query: historyQuery(options), isAtWork });
  return { document: result, text, exitCode: exitCodes.done, isAnswer: true };
}

function historyOptions({ since, csv, ...flags }: HistoryFlags, now: Date): HistoryOptions {
  return {
    ...(csv === true ? { limit: null } : {}),
    ...flags,
    ...(since === undefined ? {} : { since: parseSince(since, now) }),
  };
}
