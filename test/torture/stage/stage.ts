import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openMysqlRig } from '../../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../../e2e/rigs/postgres-rig.ts';
import type { Digest, Rig } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import {
  type BinaryOptions,
  type BinaryRun,
  type CliResult,
  filesOf,
  projectFolder,
  runBinary,
  startBinary,
} from '../../support/cli.ts';
import { mysqlServer, postgresServer } from '../../support/engines.ts';
import { createBooks, damageBooks, fillBooks } from './books.ts';
import { type Scenario, scenariosFor } from './scenario.ts';
import type { TracedCommand } from './strace.ts';

export type StageEngine = 'sqlite' | 'sqlite-wal' | 'postgresql' | 'mysql';
export const stageEngines: readonly StageEngine[] = ['sqlite', 'sqlite-wal', 'postgresql', 'mysql'];

/** The folders of a stage that a command may write to. */
export const stageFolders = ['backups', 'copies', 'tmp'] as const;
/** The moment at which every command of the campaign runs. */
const present = '2026-06-01T12:00:00Z';
const preload = fileURLToPath(new URL('./fixed-run.mjs', import.meta.url));

/**
 * An application with a small database, a backup folder that holds snapshots of it, and a target for copies: the same
 * state again before every case.
 */
export interface Stage {
  readonly engine: StageEngine;
  readonly rig: Rig;
  readonly scenarios: readonly Scenario[];
  /** What the database holds in each state. */
  readonly digests: Readonly<Record<'whole' | 'damaged', Digest>>;
  /** Makes everything as the scenario finds it. */
  reset(scenario: Scenario): Promise<void>;
  /** The files of the backup folder as `reset` makes them. */
  filesBefore(scenario: Scenario): ReadonlyMap<string, string>;
  /** The command for strace. */
  trace(argv: readonly string[]): TracedCommand;
  /** Runs the real program later than the traced run, without a fault. */
  runLater(argv: readonly string[]): Promise<CliResult & { readonly signal: string | null }>;
  /** Starts the real program at the campaign's moment, to be interrupted. */
  start(argv: readonly string[]): BinaryRun;
  close(): Promise<void>;
}

/** The engines that answer on this machine; with the reasons where one does not. */
export function enginesHere(): {
  readonly engines: readonly StageEngine[];
  readonly missing: readonly string[];
} {
  const servers = { postgresql: postgresServer, mysql: mysqlServer };
  const missing = Object.values(servers).filter(({ problem }) => problem !== null);
  const engines = stageEngines.filter((one) => !(one in servers) || servers[one as 'mysql'].problem === null);
  return { engines, missing: missing.map(({ name, problem }) => `${name} ${problem}`) };
}

/** @param folder where the application of an SQLite stage lives; default a new one */
export async function openStage(engine: StageEngine, folder?: string): Promise<Stage> {
  const rig = await openRig(engine, folder);
  try {
    return await buildStage(engine, rig);
  } catch (error) {
    await rig.drop();
    throw error;
  }
}

async function openRig(engine: StageEngine, folder?: string): Promise<Rig> {
  if (engine === 'postgresql') return openPostgresRig(postgresServer.url);
  if (engine === 'mysql') return openMysqlRig(mysqlServer.url);
  return openSqliteRig({ wal: engine === 'sqlite-wal', ...(folder === undefined ? {} : { folder }) });
}

async function buildStage(engine: StageEngine, rig: Rig): Promise<Stage> {
  const shelf = path.join(rig.folder, 'shelf');
  for (const name of [...stageFolders, 'shelf']) mkdirSync(path.join(rig.folder, name), { mode: 0o700 });
  let dice = 1;
  const run = (argv: readonly string[], clock: string) => runBinary(argv, runOptions(rig, clock, ++dice));
  const must = async (argv: readonly string[], clock: string): Promise<void> => {
    const { exitCode, stderr, stdout } = await run(argv, clock);
    if (exitCode !== 0) throw new Error(`${argv.join(' ')} exited ${exitCode}: ${stdout}${stderr}`);
  };

  await createBooks(rig);
  for (const day of ['01', '02'])
    await must(['backup', '--tier', 'daily', '--quiet'], `2026-01-${day}T12:00:00Z`);
  await must(['backup', 'spare', '--quiet'], '2026-05-01T12:00:00Z');
  await must(['backup', 'ledger', '--quiet'], '2026-05-01T13:00:00Z');
  await must(['backup', '--tier', 'daily', '--quiet'], '2026-05-30T12:00:00Z');
  writeFileSync(
    path.join(rig.folder, 'holdfast.config.json'),
    JSON.stringify({ targets: { disk: { kind: 'folder', path: path.join(rig.folder, 'copies') } } }),
  );
  saveFolders(rig.folder, path.join(shelf, 'plain'));
  const whole = await rig.digest();
  saveDatabase(rig, path.join(shelf, 'whole'));
  await damageBooks(rig);
  const damaged = await rig.digest();
  saveDatabase(rig, path.join(shelf, 'damaged'));
  const scenarios = scenariosFor(rig.confirmName);
  await must(scenarios.find(({ command }) => command === 'restore')!.argv, '2026-06-01T10:00:00Z');
  saveFolders(rig.folder, path.join(shelf, 'restored'));

  return {
    ...{ engine, rig, scenarios, digests: { whole, damaged } },
    async reset({ database, folder }) {
      loadFolders(rig.folder, path.join(shelf, folder));
      if (rig.engine === 'SQLite') loadDatabase(rig, path.join(shelf, database));
      else await (database === 'whole' ? fillBooks(rig) : damageBooks(rig));
    },
    filesBefore: ({ folder }) => filesOf(path.join(shelf, folder, 'backups')),
    trace: (argv) => ({
      command: [process.execPath, '--import', preload, path.join(projectFolder, 'bin/holdfast.js'), ...argv],
      cwd: rig.folder,
      env: environment(rig, present, 1),
      logFile: path.join(rig.folder, 'strace.log'),
    }),
    runLater: (argv) => run(argv, '2026-06-01T13:00:00Z'),
    start: (argv) => startBinary(argv, runOptions(rig, present, ++dice)),
    close: () => rig.drop(),
  };
}

function runOptions(rig: Rig, clock: string, dice: number): BinaryOptions {
  const env = environment(rig, clock, dice);
  return { cwd: rig.folder, env, nodeArguments: ['--import', preload] };
}

function environment(rig: Rig, clock: string, dice: number): Record<string, string> {
  return {
    ...rig.env,
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    TMPDIR: path.join(rig.folder, 'tmp'),
    HOLDFAST_TEST_CLOCK: clock,
    HOLDFAST_TEST_DICE: String(dice),
  };
}

function saveFolders(from: string, to: string): void {
  for (const name of stageFolders) cpSync(path.join(from, name), path.join(to, name), { recursive: true });
}

function loadFolders(to: string, from: string): void {
  for (const name of stageFolders) {
    rmSync(path.join(to, name), { recursive: true, force: true });
    cpSync(path.join(from, name), path.join(to, name), { recursive: true, preserveTimestamps: true });
  }
}

function saveDatabase(rig: Rig, to: string): void {
  if (rig.engine === 'SQLite')
    cpSync(path.join(rig.folder, 'app.db'), path.join(to, 'app.db'), { recursive: true });
}

function loadDatabase(rig: Rig, from: string): void {
  for (const ending of ['', '-journal', '-wal', '-shm'])
    rmSync(path.join(rig.folder, `app.db${ending}`), { force: true });
  cpSync(path.join(from, 'app.db'), path.join(rig.folder, 'app.db'));
}
