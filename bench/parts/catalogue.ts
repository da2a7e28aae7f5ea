import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backupFolder, writeApplication } from '../contestants/application.ts';
import type { BenchDatabase } from '../contestants/bench-database.ts';
import type { Contestant, Pair } from '../contestants/contestant.ts';
import { holdfast, snapshotFile, takeSnapshot } from '../contestants/holdfast.ts';
import type { Options } from '../options.ts';
import { formatCount } from '../results/format.ts';
import { type Findings, noFindings } from '../results/part.ts';
import { openDatabase, type Workplace } from '../workplace.ts';
import { measurePairs } from './pairs.ts';

const rows = 1_000;
const manySnapshots = 1_000;
const fewestRounds = 11;

/** Commands that only look, in a folder with many snapshots against a folder with one. */
export async function runCataloguePart(workplace: Workplace, options: Options): Promise<Findings> {
  const database = await openDatabase(workplace, 'sqlite', { rows, idKind: 'bigint' });
  const [few, many] = ['one', 'many'].map((name) => ({ ...database, folder: join(database.folder, name) }));
  await makeFolders(few!, many!);
  const pairs = [makePair('list', ['list'], few!, many!), makePair('show', ['show', 'latest'], few!, many!)];
  const rounds = Math.max(options.rounds, fewestRounds);
  return {
    ...noFindings,
    pairs: await measurePairs(pairs, database, { ...options, rounds, say: workplace.say }),
  };
}

function makePair(id: string, args: readonly string[], few: BenchDatabase, many: BenchDatabase): Pair {
  const contestant = (folder: string, count: string): Contestant => ({
    name: `holdfast ${args.join(' ')}, ${count}`,
    steps: [{ pipeline: [holdfast(folder, args)] }],
  });
  return {
    ...{ id, work: `${args[0]} with ${formatCount(manySnapshots)} snapshots` },
    ours: contestant(many.folder, `${formatCount(manySnapshots)} snapshots`),
    theirs: contestant(few.folder, 'one snapshot'),
  };
}

async function makeFolders(few: BenchDatabase, many: BenchDatabase): Promise<void> {
  for (const database of [few, many]) {
    writeApplication(database);
    await takeSnapshot(database);
  }
  copySnapshot(many.folder, manySnapshots - 1);
  const [program, ...args] = holdfast(many.folder, ['list', '--json']).argv;
  const env = { ...process.env, ...holdfast(many.folder, []).env };
  const found = JSON.parse(spawnSync(program, args, { encoding: 'utf8', env }).stdout).snapshots;
  const good = found.filter((snapshot: { verified: string | null }) => snapshot.verified !== null).length;
  if (good !== manySnapshots)
    throw new Error(`The folder holds ${good} good snapshots, not ${manySnapshots}`);
}

/** The same content under many names, each with a sidecar of its own, all older than the first. */
function copySnapshot(folder: string, copies: number): void {
  const original = snapshotFile(folder);
  const sidecar = JSON.parse(readFileSync(`${original}.meta.json`, 'utf8'));
  for (let number = 1; number <= copies; number++) {
    const created = new Date(Date.parse(sidecar.created) - number * 60_000).toISOString();
    const name = `backup-${created.slice(0, 19).replaceAll(':', '-')}Z.json.gz`;
    const path = join(backupFolder(folder), name);
    linkSync(original, path);
    const id = number.toString(16).padStart(16, '0');
    writeFileSync(`${path}.meta.json`, `${JSON.stringify({ ...sidecar, id, created }, null, 2)}\n`);
    writeFileSync(`${path}.sha256`, `${sidecar.sha256}  ${name}\n`);
  }
}
