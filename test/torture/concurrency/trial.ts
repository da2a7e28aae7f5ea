import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BinaryRun, startBinary } from '../../support/cli.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import type { CaseResult } from '../fault-class.ts';
import type { Arena } from './arena.ts';
import type { Runner } from './runners.ts';

/** What becomes of the process that has the lock: it goes on, it is killed, or it is stopped for a while. */
export type Fate = 'works' | 'killed' | 'stopped';

export interface Trial {
  readonly runners: readonly Runner[];
  readonly fate: Fate;
  /** Another build than the project's own. */
  readonly program?: string;
}

type Ended = Awaited<BinaryRun['ended']>;
interface Entrant {
  readonly runner: Runner;
  readonly id: string;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  result: Ended | null;
}

const preload = fileURLToPath(new URL('../rigs/gate-at-lock.mjs', import.meta.url));
/** A process that is refused ends at once; this is for a busy machine. */
const patienceMs = 30_000;

/** Lets the processes try for the lock at the same moment, and judges what each did. */
export async function holdTrial(arena: Arena, trial: Trial): Promise<CaseResult> {
  arena.reset();
  const gate = makeTempFolder();
  const entrants = trial.runners.map((runner, index) =>
    start(arena, { runner, gate, id: `${index}`, trial }),
  );
  try {
    await until(() => entrants.every(({ id, result }) => result !== null || isThere(gate, `ready-${id}`)));
    const ready = entrants.filter(({ id }) => isThere(gate, `ready-${id}`));
    writeFileSync(path.join(gate, 'open'), '');
    await until(() => ready.every(({ id }) => isThere(gate, `won-${id}`) || isThere(gate, `lost-${id}`)));
    const winners = ready.filter(({ id }) => isThere(gate, `won-${id}`));
    const losers = ready.filter((one) => !winners.includes(one));
    const broken: string[] = [];
    if (ready.length > 0 && winners.length !== 1) {
      broken.push(`${winners.length} of ${ready.length} processes got the lock at the same time`);
    }
    broken.push(...(await meetFate(arena, trial, { winners, losers, gate })));
    writeFileSync(path.join(gate, 'leave'), '');
    await Promise.all(entrants.map(({ ended }) => ended));
    for (const one of entrants) broken.push(...judge(one, { winners, fate: trial.fate }));
    broken.push(...(await arena.examine()));
    return { fired: ready.length >= 1 && entrants.length >= 2, violations: broken };
  } finally {
    for (const { pid, result } of entrants) if (result === null) process.kill(pid, 'SIGKILL');
    rmSync(gate, { recursive: true, force: true });
  }
}

function start(
  arena: Arena,
  { runner, gate, id, trial }: { runner: Runner; gate: string; id: string; trial: Trial },
): Entrant {
  const { shop } = arena;
  const { pid, ended } = startBinary(runner.argv, {
    cwd: shop.folder,
    env: { ...shop.env, HOLDFAST_TEST_GATE: gate, HOLDFAST_TEST_RUNNER: id },
    nodeArguments: ['--import', preload],
    ...(trial.program === undefined ? {} : { program: trial.program }),
  });
  const entrant: Entrant = { runner, id, pid, ended, result: null };
  void ended.then((result) => {
    entrant.result = result;
  });
  return entrant;
}

/** Does to the holder of the lock what the trial says; the laws that were broken by then. */
async function meetFate(
  arena: Arena,
  { fate }: Trial,
  { winners, losers, gate }: { winners: readonly Entrant[]; losers: readonly Entrant[]; gate: string },
): Promise<readonly string[]> {
  const [holder] = winners;
  if (holder === undefined) return [];
  const runNext = () =>
    startBinary(['backup', '--quiet'], { cwd: arena.shop.folder, env: arena.shop.env }).ended;
  if (fate === 'killed') {
    process.kill(holder.pid, 'SIGKILL');
    await holder.ended;
    const { exitCode, stderr } = await runNext();
    return exitCode === 0 ? [] : [`after the holder's death a backup exits ${exitCode}: ${stderr}`];
  }
  if (fate === 'works') return [];
  process.kill(holder.pid, 'SIGSTOP');
  writeFileSync(path.join(gate, 'leave'), '');
  try {
    const refused = await Promise.race([Promise.all(losers.map(({ ended }) => ended)), sleep(patienceMs)]);
    const { exitCode } = await runNext();
    const broken = exitCode === 5 ? [] : [`while the holder stands still a backup exits ${exitCode}, not 5`];
    return refused === undefined
      ? [...broken, 'a refused process waits for the one that stands still']
      : broken;
  } finally {
    process.kill(holder.pid, 'SIGCONT');
  }
}

function judge(
  { runner, result }: Entrant,
  { winners, fate }: { readonly winners: readonly Entrant[]; readonly fate: Fate },
): readonly string[] {
  const { exitCode, signal, stderr, stdout } = result!;
  const isWinner = winners.some((one) => one.result === result);
  if (isWinner && fate === 'killed') return signal === 'SIGKILL' ? [] : [`${runner.name} outlived its death`];
  const wanted = exitCodesOf(runner, isWinner, winners.length > 0);
  const said = `${stdout}${stderr}`;
  if (!wanted.includes(exitCode))
    return [`${runner.name} exits ${exitCode}, not ${wanted}: ${said.slice(0, 600)}`];
  return exitCode === 5 && !said.includes('RUN.LOCKED') ? [`${runner.name} does not say why it exits 5`] : [];
}

function exitCodesOf(runner: Runner, isWinner: boolean, isHeld: boolean): readonly number[] {
  if (!runner.takesLock) return [0, 4];
  if (isWinner || !isHeld) return [0];
  return runner.name === 'auto' ? [0] : [5];
}

function isThere(gate: string, name: string): boolean {
  return existsSync(path.join(gate, name));
}

async function until(isDone: () => boolean): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!isDone()) {
    if (Date.now() > end) throw new Error('the processes of the trial do not come to the gate');
    await sleep(3);
  }
}
