import { spawnSync } from 'node:child_process';
import type { Contestant } from '../contestants/contestant.ts';
import { holdfast } from '../contestants/holdfast.ts';
import { type Command, step } from '../measure/command.ts';
import { runSteps } from '../measure/run.ts';
import type { Options } from '../options.ts';
import { type Findings, noFindings } from '../results/part.ts';
import { openDatabase, type Workplace } from '../workplace.ts';
import { measurePairs } from './pairs.ts';

const rows = 1_000;
const fewestRounds = 21;

/** What it costs to start: the help, and `auto`, which cron starts every minute and which mostly has nothing to do. */
export async function runStartPart(workplace: Workplace, options: Options): Promise<Findings> {
  const database = await openDatabase(workplace, 'sqlite', { rows, idKind: 'bigint' });
  const auto = holdfast(database.folder, ['auto']);
  const nothing: Contestant = { name: 'node -e 0', steps: [step(process.execPath, '-e', '0')] };
  const help = holdfast(database.folder, ['--help']);
  const pairs = [
    {
      ...{ id: 'help', work: 'holdfast --help', theirs: nothing },
      ours: { name: 'holdfast --help', steps: [{ pipeline: [help] }] },
    },
    {
      ...{ id: 'auto', work: 'holdfast auto with nothing due', theirs: nothing },
      ours: {
        name: 'holdfast auto',
        steps: [{ pipeline: [auto] }],
        prepare: async () => {
          await runSteps([{ pipeline: [auto] }]);
          expectNothingDue(holdfast(database.folder, ['auto', '--json']));
        },
      },
    },
  ];
  const rounds = Math.max(options.rounds, fewestRounds);
  return {
    ...noFindings,
    pairs: await measurePairs(pairs, database, { ...options, rounds, say: workplace.say }),
  };
}

function expectNothingDue({ argv: [program, ...args], env }: Command): void {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  const { ok, due } = JSON.parse(stdout);
  if (ok !== true || due.length > 0) throw new Error(`auto has something to do: ${stdout}`);
}
