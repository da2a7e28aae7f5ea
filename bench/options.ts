import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { IdKind } from './data/tables.ts';
import type { EngineName } from './databases/engine.ts';
import { type PartName, partNames } from './results/part.ts';
import { root } from './root.ts';

export interface Options {
  readonly parts: readonly PartName[];
  readonly rows: number;
  readonly prismaRows: number;
  /** Of the parts `memory` and `growth`, where they are given. */
  readonly sizes: readonly number[] | null;
  /** On which the parts `prisma`, `memory`, `growth` and `stages` run. */
  readonly engines: readonly EngineName[];
  readonly rounds: number;
  readonly warmUp: boolean;
  readonly idKinds: readonly IdKind[];
  /** Correctness only: no time is judged and nothing is kept. */
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly workFolder: string;
  readonly resultsFolder: string;
  /** Leave databases and files for the next run. */
  readonly keep: boolean;
}

export const usage = `npm run bench -- [options]

  --only <parts>        ${partNames.join(', ')}; with commas; default all
  --rows <number>       orders in the database; default 1,000,000
  --prisma-rows <n>     orders that the Prisma script restores; default 100,000
  --sizes <numbers>     of the parts memory and growth, with commas
  --engines <names>     of the parts prisma, memory, growth and stages; default postgres,sqlite,mysql
  --rounds <number>     runs of each contestant that count; default 5
  --id <kind>           bigint, cuid or both; default both
  --quick               20,000 rows, one round, parts postgres, sqlite, mysql and prisma: whether outputs are equal, not how fast
  --json                print one JSON document
  --work <folder>       where it makes the folder holdfast-bench for databases and files
  --keep                leave them for the next run with the same --work
  --results <folder>    default bench/results
`;

/** @throws Error that says what is wrong with the command line */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rows: { type: 'string' },
      'prisma-rows': { type: 'string' },
      sizes: { type: 'string' },
      engines: { type: 'string', default: 'postgres,sqlite,mysql' },
      rounds: { type: 'string' },
      id: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      work: { type: 'string', default: tmpdir() },
      keep: { type: 'boolean', default: false },
      results: { type: 'string', default: join(root, 'bench/results') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const defaults = values.quick ? quickDefaults : fullDefaults;
  return {
    parts: values.only === undefined ? defaults.parts : chooseNames('--only', values.only, partNames),
    rows: parseCount('--rows', values.rows) ?? defaults.rows,
    prismaRows: parseCount('--prisma-rows', values['prisma-rows']) ?? defaults.prismaRows,
    sizes: values.sizes?.split(',').map((size) => parseCount('--sizes', size)!) ?? null,
    engines: chooseNames('--engines', values.engines, ['postgres', 'sqlite', 'mysql']),
    rounds: parseCount('--rounds', values.rounds) ?? defaults.rounds,
    warmUp: !values.quick,
    idKinds: parseIdKinds(values.id) ?? defaults.idKinds,
    isQuick: values.quick,
    isJson: values.json,
    // A folder of the bench's own: it is removed at the end.
    workFolder: join(values.work, 'holdfast-bench'),
    resultsFolder: values.results,
    keep: values.keep,
  };
}

const fullDefaults = {
  parts: partNames,
  ...{ rows: 1_000_000, prismaRows: 100_000, rounds: 5 },
  idKinds: ['bigint', 'cuid'] as const,
};

const quickDefaults = {
  parts: ['postgres', 'sqlite', 'mysql', 'prisma'] as const,
  ...{ rows: 20_000, prismaRows: 2_000, rounds: 1 },
  idKinds: ['bigint'] as const,
};

function chooseNames<Name extends string>(option: string, text: string, allowed: readonly Name[]): Name[] {
  return text.split(',').map((name) => {
    const known = allowed.find((one) => one === name);
    if (known === undefined) throw new Error(`${option} takes ${allowed.join(', ')}, not "${name}"`);
    return known;
  });
}

function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text.replaceAll('_', ''));
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`${option} takes a number from 1, not "${text}"`);
  return count;
}

function parseIdKinds(text: string | undefined): IdKind[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'both') return ['bigint', 'cuid'];
  return chooseNames('--id', text, ['bigint', 'cuid']);
}
