import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { verifySnapshot } from '../../../src/snapshot/verify.ts';
import { mustRun, type Rig } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { type CliResult, leftovers } from '../../support/cli.ts';
import { successOf } from '../stage/laws.ts';
import { mountMemory, resizeMemory, unmountIfAny } from './mounts.ts';

/** An application whose backup folder is a disk of its own, with one good snapshot on it. */
export interface SmallDisk {
  readonly rig: Rig;
  readonly folder: string;
  /** The least size at which nothing of the command is short of room, in kilobytes. */
  findEnough(argv: readonly string[]): Promise<number>;
  /** Mounts a disk of this size, and puts the good snapshot on it. */
  prepare(kilobytes: number): Promise<void>;
  /** The content of the good snapshot's file. */
  readonly goodFile: string;
  close(): void;
}

export const stepKilobytes = 4;
export const leastKilobytes = 64;
const plentyKilobytes = 64 * 1024;
const rows = 700;
const cause = /ENOSPC|no space|is full|disk I\/O error|unable to open database file|free, and|are free/i;

export async function openSmallDisk(): Promise<SmallDisk> {
  const rig = openSqliteRig();
  await fill(rig);
  const shelf = path.join(rig.folder, 'shelf');
  const folder = path.join(rig.folder, 'backups');
  // Small, so that it fits on the smallest disk; the table of noise is what the other snapshots hold.
  await mustRun(rig, 'backup', 'good', '--only', 'small', '--quiet');
  mkdirSync(shelf);
  for (const name of readdirSync(folder).filter((one) => one.startsWith('good.')))
    cpSync(path.join(folder, name), path.join(shelf, name));
  const database = path.join(rig.folder, 'app.db');
  cpSync(database, path.join(shelf, 'app.db'));
  const disk = {
    ...{ rig, folder, goodFile: path.join(shelf, 'good.json.gz') },
    async prepare(kilobytes: number) {
      unmountIfAny(folder);
      mountMemory(folder, kilobytes);
      cpSync(path.join(shelf, 'app.db'), database);
      for (const name of readdirSync(shelf).filter((one) => one.startsWith('good.')))
        cpSync(path.join(shelf, name), path.join(folder, name));
    },
    close: () => unmountIfAny(folder),
  };
  return { ...disk, findEnough: (argv) => findEnough(disk, argv) };
}

async function fill(rig: Rig): Promise<void> {
  const noise = (id: number): string =>
    Array.from({ length: 32 }, (_, part) => createHash('sha256').update(`${id} ${part}`).digest('hex')).join(
      '',
    );
  await rig.execute('CREATE TABLE small (id INTEGER PRIMARY KEY)', 'INSERT INTO small VALUES (1), (2)');
  await rig.execute('CREATE TABLE noise (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
  const values = Array.from({ length: rows }, (_, id) => `(${id + 1}, '${noise(id)}')`);
  await rig.execute(`INSERT INTO noise VALUES ${values.join(', ')}`);
}

/** Between a size that is too small and one that is not. */
async function findEnough(
  disk: Pick<SmallDisk, 'rig' | 'prepare'>,
  argv: readonly string[],
): Promise<number> {
  let [short, enough] = [leastKilobytes, 4096];
  while (enough - short > stepKilobytes) {
    const middle = Math.ceil((short + enough) / 2 / stepKilobytes) * stepKilobytes;
    await disk.prepare(middle);
    const run = await withFalseHopes(() => disk.rig.run(...argv));
    if (wasFull(run)) short = middle;
    else enough = middle;
  }
  return enough;
}

/** Whether the disk was full for this run: it failed, or did without its history and said so. */
export function wasFull({ exitCode, stdout, stderr }: CliResult): boolean {
  return exitCode !== 0 || cause.test(stdout) || cause.test(stderr);
}

/**
 * Does something while the system says that there is plenty of room, as it did before another program took it: what
 * looks ahead is then of no use.
 */
export async function withFalseHopes<T>(work: () => Promise<T>): Promise<T> {
  const real = promises.statfs;
  promises.statfs = (async (...args: Parameters<typeof real>) =>
    Object.assign(await real(...args), { bavail: 2 ** 20 })) as typeof real;
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    promises.statfs = real;
    syncBuiltinESMExports();
  }
}

/** What is broken after a run on a full disk; then whether the same succeeds when there is room. */
export async function judgeFullDisk(
  disk: SmallDisk,
  run: CliResult,
  argv: readonly string[],
): Promise<string[]> {
  const { rig, folder } = disk;
  const said = `${run.stdout}${run.stderr}`;
  const violations = [
    ...(run.exitCode === 1 ? [`taken for a bug of the program: ${said.slice(0, 600)}`] : []),
    ...(run.exitCode === 0 || cause.test(said)
      ? []
      : [`the message does not name the cause: ${said.slice(0, 400)}`]),
    ...(await judgeFiles(disk, run)),
  ];
  resizeMemory(folder, plentyKilobytes);
  const next = await rig.run(...argv);
  if (next.exitCode !== 0)
    violations.push(`with room again it exits ${next.exitCode}: ${next.stdout}${next.stderr}`);
  violations.push(...leftovers(folder).map((name) => `the next run left ${name}`));
  return violations;
}

/** Of the snapshots on the disk. */
export async function judgeFiles({ folder, goodFile }: SmallDisk, run: CliResult): Promise<string[]> {
  const violations: string[] = [];
  const good = path.join(folder, 'good.json.gz');
  if (!existsSync(good) || !readFileSync(good).equals(readFileSync(goodFile)))
    violations.push('the good snapshot is gone or changed');
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.json.gz'))) {
    const damages = await verifySnapshot(path.join(folder, name)).catch((error: Error) => [error]);
    violations.push(...damages.map(({ message }) => `${name} has its final name: ${message}`));
  }
  const reported = (successOf(run.stdout)?.['snapshot'] as { path?: string } | undefined)?.path;
  if (reported !== undefined && !existsSync(reported))
    violations.push('success was reported, and there is no file');
  return violations;
}
