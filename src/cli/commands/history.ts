import { InvalidArgumentError, Option } from 'commander';
import { openExistingHistory, readWhoAndWhere } from '../../app.ts';
import type { HistoryQuery, HistoryRun, RunResult } from '../../ports.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeHistory, historyCsv } from '../history-text.ts';
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

/** How many runs are shown when nothing else is asked for; figures and CSV are over all. */
const usualLimit = 50;

interface HistoryFlags extends CommonFlags {
  readonly command?: string;
  readonly result?: RunResult;
  readonly since?: string;
  readonly snapshot?: string;
  readonly limit?: number;
  readonly stats?: boolean;
  readonly settings?: boolean;
  readonly csv?: boolean;
}

export const addHistory: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('history'))
    .summary('show the runs that changed something')
    .description(
      'Shows the runs of every command that changes something, the newest first: who, when, what, and how it ended.',
    )
    .option('--command <name>', 'only runs of this command, such as backup or restore')
    .addOption(new Option('--result <result>', 'only runs that ended so').choices(results))
    .option('--since <time>', 'only runs since a date, an instant, or a time ago such as 24h or 7d')
    .option('--snapshot <name>', 'only runs of snapshots with this in their name')
    .option(
      '--limit <number>',
      `how many at most (default ${usualLimit}; --stats and --csv: all)`,
      parseLimit,
    )
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

async function show({ settings, ports, progress }: Session, flags: HistoryFlags): Promise<Outcome> {
  const { showHistory } = await import('../../operations/history.ts');
  const query = queryOf(flags, ports.clock.now());
  const path = settings.historyPath;
  const { host } = readWhoAndWhere();
  // Of another machine nothing is known: what has no end there is taken for running.
  const isAtWork = ({ who, process }: HistoryRun): boolean =>
    !who.endsWith(`@${host}`) || ports.isProcessAlive(process);
  const note = (message: string): void => progress.note(message);
  const history = await openExistingHistory({ path, clock: ports.clock, note });
  try {
    const request = { withStats: flags.stats === true, withSettings: flags.settings === true };
    const result = await showHistory({ path, history, query, ...request });
    const text = flags.csv === true ? historyCsv(result) : describeHistory(result, { query, isAtWork });
    return { document: result, text, exitCode: exitCodes.done, isAnswer: true };
  } finally {
    await history?.close();
  }
}

function queryOf(flags: HistoryFlags, now: Date): HistoryQuery {
  const isWhole = flags.stats === true || flags.csv === true;
  return {
    command: flags.command ?? null,
    result: flags.result ?? null,
    since: flags.since === undefined ? null : parseSince(flags.since, now),
    snapshot: flags.snapshot ?? null,
    limit: flags.limit ?? (isWhole ? null : usualLimit),
  };
}
