import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../support/cli.ts';
import type { Shard } from '../fault-class.ts';

export interface TortureOptions {
  readonly mode: 'quick' | 'full';
  readonly isJson: boolean;
  readonly isResumed: boolean;
  readonly only: readonly string[] | null;
  readonly seed: number;
  /** How long the run may take; infinite where nothing was said and it is a full one. */
  readonly limitMs: number;
  readonly stateFolder: string;
  readonly shard: Shard | null;
}

export const usage = `npm run torture -- [options]

Attacks the real program with faults, and counts how often it breaks a promise of docs/RELIABILITY.md.

  --quick               a shard of the cases in less than four minutes, as in CI; the seed chooses it
  --only <classes>      only these fault classes; with commas
  --seed <number>       what is drawn by lot; default: the number of the day
  --resume              go on with the full run whose results are in the state folder
  --minutes <number>    begin no case after so many minutes; --resume goes on later
  --shard <n>/<of>      only this part of the cases of a full run, such as 1/3; the others on another machine, or later
  --state <folder>      where a full run keeps its results; default .torture
  --json                print {command, ok, classes: [{class, tried, fired, violations, controlViolations, notRun}]}
  --help                print this

Exit code 0: every promise held, every fault happened, every control saw violations. 1: not so. 2: wrong options.
`;

/** Under four with what classes need to put their things in place and away. */
const quickMinutes = 2;
const dayMs = 86_400_000;

/** @throws Error that says what is wrong with the command line */
export function parseOptions(args: readonly string[], nowMs: number): TortureOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: String(Math.floor(nowMs / dayMs)) },
      resume: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      shard: { type: 'string' },
      state: { type: 'string', default: path.join(projectFolder, '.torture') },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.quick && values.resume)
    throw new Error('--resume goes on with a full run, and not with --quick');
  if (values.quick && values.shard !== undefined)
    throw new Error('--shard is for a full run; --quick takes a shard anyway');
  const minutes = values.minutes === undefined ? null : numberOf('minutes', values.minutes);
  return {
    mode: values.quick ? 'quick' : 'full',
    isJson: values.json,
    isResumed: values.resume,
    only: values.only?.split(',').map((name) => name.trim()) ?? null,
    seed: numberOf('seed', values.seed),
    limitMs: (minutes ?? (values.quick ? quickMinutes : Number.POSITIVE_INFINITY)) * 60_000,
    stateFolder: values.state,
    shard: values.shard === undefined ? null : parseShard(values.shard),
  };
}

function parseShard(text: string): Shard {
  const [number, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (number !== undefined && of !== undefined && number >= 1 && number <= of) return { number, of };
  throw new Error(`--shard takes a part such as 1/3, not ${JSON.stringify(text)}`);
}

function numberOf(option: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new Error(`--${option} takes a number, not ${JSON.stringify(text)}`);
}
