/**
 * Makes the program wrong in one small place after the other, and prints which of these mutants the tests do not
 * notice: `npx tsx test/torture/mutants.ts [--per-area 16] [--seed 1] [--area retention] [--minutes 20]`.
 * Works in a copy of the project. Exits 1 when less than 85 % are noticed.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../../src/cli/text-table.ts';
import { projectFolder } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';
import { shuffled } from './dice.ts';
import { type Area, areas } from './mutation/areas.ts';
import { applyMutant, findMutants, type Mutant } from './mutation/mutants.ts';

const { values } = parseArgs({
  options: {
    'per-area': { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    area: { type: 'string' },
    minutes: { type: 'string', default: '60' },
  },
});
const leastKilled = 0.85;
const until = Date.now() + Number(values.minutes) * 60_000;
const copy = makeCopy();
const rows: string[][] = [];
let [tried, killed] = [0, 0];

for (const area of areas) if (values.area === undefined || values.area === area.name) tryArea(area);
rows.push(['all', ...figures(killed, tried)]);
process.stdout.write(`${formatTable(['Area', 'Mutants', 'Killed', 'Share'], rows, [1, 2, 3])}\n`);
process.exitCode = killed / tried >= leastKilled ? 0 : 1;

function tryArea(area: Area): void {
  const all = area.files.flatMap((file) =>
    findMutants(file, readFileSync(path.join(projectFolder, file), 'utf8')),
  );
  // The control: a test that fails anyway would kill every mutant.
  const failing = area.tests.find((group) => !doPass(group));
  if (failing !== undefined) throw new Error(`${failing.join(' ')} fails without a mutant`);
  const before = { tried, killed };
  for (const mutant of shuffled(all, Number(values.seed)).slice(0, Number(values['per-area']))) {
    if (Date.now() > until) break;
    const killer = findKiller(area, mutant);
    tried++;
    if (killer !== null) killed++;
    const { file, line, from, to } = mutant;
    const fate = killer === null ? 'SURVIVED' : `killed by ${killer}`;
    process.stdout.write(`${file}:${line} ${from} → ${to === '' ? 'nothing' : to}: ${fate}\n`);
  }
  rows.push([`${area.name} (of ${all.length})`, ...figures(killed - before.killed, tried - before.tried)]);
}

function figures(dead: number, total: number): string[] {
  return [String(total), String(dead), total === 0 ? '' : `${((100 * dead) / total).toFixed(0)} %`];
}

/** The first group of tests that fails; null when all pass. */
function findKiller({ tests }: Area, mutant: Mutant): string | null {
  const file = path.join(copy, mutant.file);
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, applyMutant(good, mutant));
  try {
    return tests.find((group) => !doPass(group))?.[0] ?? null;
  } finally {
    writeFileSync(file, good);
  }
}

/** A mutant that hangs fails by the time limit. */
function doPass(tests: readonly string[]): boolean {
  const { status } = spawnSync('npx', ['vitest', 'run', '--bail', '1', '--testTimeout', '60000', ...tests], {
    cwd: copy,
    stdio: 'ignore',
    timeout: 240_000,
  });
  return status === 0;
}

function makeCopy(): string {
  const folder = makeTempFolder();
  // Some tests run the program as another user.
  for (const one of [folder, path.dirname(folder)]) chmodSync(one, 0o755);
  const names = [
    'src',
    'test',
    'bin',
    'prisma',
    'scripts',
    'docs',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  for (const name of [...names, 'vitest.config.ts', 'biome.json']) {
    cpSync(path.join(projectFolder, name), path.join(folder, name), { recursive: true });
  }
  symlinkSync(path.join(projectFolder, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}
