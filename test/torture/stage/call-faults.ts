import path from 'node:path';
import type { Case } from '../cases.ts';
import { sumTallies, tryCases } from '../cases.ts';
import { shuffled } from '../dice.ts';
import type { Tally, TortureRequest } from '../fault-class.ts';
import { type CleanRun, runCleanly } from './laws.ts';
import { naiveScenes } from './naive.ts';
import type { Scenario } from './scenario.ts';
import { useStage } from './shared-stages.ts';
import { enginesHere, type Stage, type StageEngine } from './stage.ts';
import { type CallPoint, injectAt, recordCalls, type TracedCommand, type TracedRun } from './strace.ts';

/** What is done to a call, and what must hold afterwards. */
export interface CallFault {
  /** As in the name of a case, such as `ENOSPC`. */
  readonly name: string;
  /** What strace injects, such as `error=ENOSPC`. */
  readonly what: string;
  /** Calls that this cannot happen to are left alone. */
  readonly fits: (point: CallPoint) => boolean;
  readonly hasFired: (run: TracedRun) => boolean;
  readonly judge: (stage: Stage, met: MetFault) => Promise<string[]>;
}

export interface MetFault {
  readonly scenario: Scenario;
  readonly clean: CleanRun;
  readonly run: TracedRun;
}

/** In a quick run one engine and one command, which the seed chooses: making a stage costs seconds. */
const quickScenarios = 1;
/** Enough to see that a class has eyes. */
const controlCases = 60;

/** Commands that open no database: their calls are the same on every engine. */
const folderCommands: readonly string[] = ['cleanup', 'sync', 'delete'];

export interface CallFaultOptions {
  /** Where commands that open no database are tried; default everywhere. */
  readonly folderCommandsOn?: StageEngine;
}

/** Tries the faults at every call of every command that writes, on every engine. */
export async function tryCallFaults(
  request: TortureRequest,
  faults: readonly CallFault[],
  options: CallFaultOptions = {},
): Promise<Tally> {
  const { engines, missing } = enginesHere();
  for (const reason of missing) request.tell(`not on ${reason}`);
  const chosen = request.mode === 'quick' ? [engines[request.seed % engines.length]!] : engines;
  // Side by side: a case mostly waits for a disk, or for a process to start.
  return sumTallies(
    await Promise.all(chosen.map((engine) => tryOnEngine(request, { engine, faults, ...options }))),
  );
}

interface EngineWork extends CallFaultOptions {
  readonly engine: StageEngine;
  readonly faults: readonly CallFault[];
}

async function tryOnEngine(
  request: TortureRequest,
  { engine, faults, folderCommandsOn = engine }: EngineWork,
): Promise<Tally> {
  const stage = await useStage(engine);
  const all = stage.scenarios.filter(
    ({ command }) => engine === folderCommandsOn || !folderCommands.includes(command),
  );
  const list = request.mode === 'quick' ? shuffled(all, request.seed).slice(0, quickScenarios) : all;
  const cases: Case[] = [];
  for (const scenario of list) cases.push(...(await casesOf(stage, scenario, faults)));
  // By lot, so that a run which ends early has been everywhere.
  return tryCases(request, shuffled(cases, request.seed));
}

/** The same faults in programs without protection. */
export async function tryNaiveFaults(request: TortureRequest, faults: readonly CallFault[]): Promise<Tally> {
  const stage = await useStage('sqlite');
  const cases: Case[] = [];
  for (const { scenario, traced } of naiveScenes(stage)) {
    await stage.reset(scenario);
    const clean: CleanRun = { removed: new Set(), copies: [] };
    cases.push(...(await pointCases(stage, { scenario, clean, traced }, faults)));
  }
  return tryCases(request, shuffled(cases, request.seed).slice(0, controlCases));
}

async function casesOf(stage: Stage, scenario: Scenario, faults: readonly CallFault[]): Promise<Case[]> {
  const clean = await runCleanly(stage, scenario);
  await stage.reset(scenario);
  return pointCases(stage, { scenario, clean, traced: stage.trace(scenario.argv) }, faults);
}

interface Work {
  readonly scenario: Scenario;
  readonly clean: CleanRun;
  readonly traced: TracedCommand;
}

/** Records the calls of the work, and makes a case of each with each fault that fits it. */
async function pointCases(stage: Stage, work: Work, faults: readonly CallFault[]): Promise<Case[]> {
  const points = await recordCalls(work.traced, `${stage.rig.folder}${path.sep}`);
  return points.flatMap((point) =>
    faults.filter(({ fits }) => fits(point)).map((fault) => caseOf(stage, work, { point, fault })),
  );
}

function caseOf(
  stage: Stage,
  { scenario, clean, traced }: Work,
  { point, fault }: { point: CallPoint; fault: CallFault },
): Case {
  const place = `${point.call} ${path.relative(stage.rig.folder, point.path)} #${point.nth}`;
  return {
    name: `${stage.engine} ${scenario.command} ${fault.name} ${place}`,
    async run() {
      await stage.reset(scenario);
      const run = await injectAt(traced, point, fault.what);
      if (!fault.hasFired(run)) return { fired: false, violations: [] };
      return { fired: true, violations: await fault.judge(stage, { scenario, clean, run }) };
    },
  };
}
