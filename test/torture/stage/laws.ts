import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { verifySnapshot } from '../../../src/snapshot/verify.ts';
import { areIdsFree, compare } from '../../e2e/kill/kill-restore.ts';
import { type CliResult, documentOf, filesOf, type JsonDocument } from '../../support/cli.ts';
import type { Scenario } from './scenario.ts';
import { type Stage, stageFolders } from './stage.ts';

/** What a run without a fault does, as a measure for the others. */
export interface CleanRun {
  /** Files of the backup folder that it removes. */
  readonly removed: ReadonlySet<string>;
  /** Files that are on the target afterwards. */
  readonly copies: readonly string[];
}

/** Runs the scenario without a fault; what it does. */
export async function runCleanly(stage: Stage, scenario: Scenario): Promise<CleanRun> {
  await stage.reset(scenario);
  const { exitCode, stderr, stdout } = await stage.runLater(scenario.argv);
  if (exitCode !== 0) throw new Error(`${scenario.argv.join(' ')} exited ${exitCode}: ${stdout}${stderr}`);
  const present = filesOf(path.join(stage.rig.folder, 'backups'));
  const removed = [...stage.filesBefore(scenario).keys()].filter((name) => !present.has(name));
  return {
    removed: new Set(removed.filter((name) => name.endsWith('.json.gz'))),
    copies: readdirSync(path.join(stage.rig.folder, 'copies')),
  };
}

export interface Aftermath {
  readonly scenario: Scenario;
  readonly clean: CleanRun;
  /** What the run that met the fault printed. */
  readonly stdout: string;
  /** Runs the same command again, without a fault; by default the real program in a process of its own. */
  readonly runNext?: (argv: readonly string[]) => Promise<CliResult>;
  /** Whether a live process may still own folders of temporary files. */
  readonly isProcessAlive?: boolean;
}

/** What is broken after a run that met a fault; then whether the same command succeeds and leaves nothing behind. */
export async function judgeAftermath(stage: Stage, aftermath: Aftermath): Promise<string[]> {
  await stage.rig.settle();
  const state = await stateOf(stage, aftermath.scenario);
  return [
    ...judgeState(state),
    ...(await judgeSnapshots(stage, aftermath)),
    ...judgeReport(stage, aftermath, state.state),
    ...(await judgeNextRun(stage, aftermath)),
  ];
}

interface DatabaseState {
  readonly state: 'before' | 'after' | 'neither' | 'unreadable';
  readonly areIdsFree: boolean;
  readonly detail: string;
}

async function stateOf({ rig, digests }: Stage, { database, result }: Scenario): Promise<DatabaseState> {
  try {
    const found = await rig.digest();
    const pair = { before: digests[database], after: digests[result] };
    const state = compare(found, pair);
    const changed = Object.keys(found).filter((name) => found[name] !== pair.before[name]);
    return { state, areIdsFree: areIdsFree(found, minimum(found, pair)), detail: changed.join(', ') };
  } catch (error) {
    return { state: 'unreadable', areIdsFree: true, detail: (error as Error).message };
  }
}

/** The counters that a state must reach at least. */
function minimum(
  found: Stage['digests']['whole'],
  { before, after }: { before: Stage['digests']['whole']; after: Stage['digests']['whole'] },
) {
  return compare(found, { before, after }) === 'before' ? before : after;
}

function judgeState({ state, areIdsFree: isFree, detail }: DatabaseState): string[] {
  if (state === 'neither') return [`the database is neither as before nor as after: ${detail}`];
  if (state === 'unreadable') return [`the database cannot be read: ${detail}`];
  return isFree ? [] : ['the next ids of the database are taken'];
}

/** Every final name is complete, and what was there before still is, but for what the command is there to remove. */
async function judgeSnapshots(stage: Stage, { scenario, clean }: Aftermath): Promise<string[]> {
  const folder = path.join(stage.rig.folder, 'backups');
  const violations: string[] = [];
  for (const [name, content] of stage.filesBefore(scenario)) {
    if (!name.endsWith('.json.gz')) continue;
    const file = path.join(folder, name);
    if (!existsSync(file)) {
      if (!clean.removed.has(name)) violations.push(`the snapshot ${name} is gone`);
    } else if (readFileSync(file, 'latin1') !== content) violations.push(`the snapshot ${name} was changed`);
  }
  const list = await stage.rig.run('list', '--json');
  if (list.exitCode !== 0) return [...violations, `list exits ${list.exitCode}: ${list.stdout}`];
  for (const one of documentOf(list)['snapshots'] as readonly JsonDocument[]) {
    violations.push(...(await judgeFile(String(one['path']))));
  }
  for (const name of readdirSync(path.join(stage.rig.folder, 'copies'))) {
    if (name.endsWith('.json.gz'))
      violations.push(...(await judgeFile(path.join(stage.rig.folder, 'copies', name))));
  }
  return violations;
}

async function judgeFile(file: string): Promise<string[]> {
  try {
    const damages = await verifySnapshot(file);
    return damages.map(
      ({ message }) => `${path.basename(file)} has its final name and is damaged: ${message}`,
    );
  } catch (error) {
    return [`${path.basename(file)} has its final name and is no snapshot: ${(error as Error).message}`];
  }
}

/** What was reported as done is done. */
function judgeReport(stage: Stage, { scenario, clean, stdout }: Aftermath, state: string): string[] {
  const document = successOf(stdout);
  if (document === null) return [];
  const folder = (name: string): string => path.join(stage.rig.folder, name);
  if (scenario.command === 'restore' || scenario.command === 'undo')
    return state === 'after' ? [] : [`success was reported, and the database is ${state}`];
  if (scenario.command === 'backup') {
    const { path: file, sha256 } = document['snapshot'] as { path: string; sha256: string };
    if (existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === sha256)
      return [];
    return ['success was reported, and the snapshot is not there'];
  }
  if (scenario.command === 'sync') {
    const lost = clean.copies.filter((name) => !existsSync(path.join(folder('copies'), name)));
    return lost.map((name) => `success was reported, and the copy ${name} is not there`);
  }
  const left = [...clean.removed].filter((name) => existsSync(path.join(folder('backups'), name)));
  return left.map((name) => `success was reported, and ${name} is still there`);
}

/** The document of a run that reported success; null where it did not come to that. */
export function successOf(stdout: string): JsonDocument | null {
  try {
    const document = JSON.parse(stdout) as JsonDocument;
    return document['ok'] === true ? document : null;
  } catch {
    return null;
  }
}

async function judgeNextRun(stage: Stage, aftermath: Aftermath): Promise<string[]> {
  const { scenario, clean, runNext = stage.runLater, isProcessAlive = false } = aftermath;
  const { exitCode, stdout, stderr } = await runNext(scenario.argv);
  const isDone = exitCode === 0 || (scenario.command === 'delete' && stdout.includes('SNAPSHOT.NOT_FOUND'));
  if (!isDone) return [`the next run exits ${exitCode}: ${stdout.slice(0, 400)}${stderr.slice(0, 400)}`];
  const { state } = await stateOf(stage, { ...scenario, database: scenario.result });
  const left = [...clean.removed].filter((name) => existsSync(path.join(stage.rig.folder, 'backups', name)));
  return [
    ...(state === 'before' ? [] : [`after the next run the database is not as it should be: ${state}`]),
    ...left.map((name) => `the next run left ${name}`),
    ...(await judgeSnapshots(stage, { scenario, clean, stdout: '' })),
    // A run that found nothing to do has not taken the lock, so that it must not clean up.
    ...(exitCode === 0 ? leftoversOf(stage, { hasCopied: hasCopied(stdout), isProcessAlive }) : []),
  ];
}

/** Not the journal of an SQLite file: that is rolled back, and goes, with the next write to its file. */
const temporary = /\.partial$|\.scratch$|\.tmp$/;

interface NextRun {
  /** What a dead run has left on a target goes with the next copy to it. */
  readonly hasCopied: boolean;
  readonly isProcessAlive: boolean;
}

function leftoversOf({ rig }: Stage, { hasCopied: isCopied, isProcessAlive }: NextRun): string[] {
  const folders = stageFolders.filter(
    (name) => !(name === 'copies' && !isCopied) && !(name === 'tmp' && isProcessAlive),
  );
  const found = folders.flatMap((name) =>
    readdirSync(path.join(rig.folder, name))
      .filter((file) => name === 'tmp' || temporary.test(file))
      .map((file) => path.join(name, file)),
  );
  return found.map((file) => `the next run left ${file}`);
}

function hasCopied(stdout: string): boolean {
  const { targets = [] } = (successOf(stdout) ?? {}) as { targets?: { copied?: unknown[] }[] };
  return targets.some(({ copied = [] }) => copied.length > 0);
}
