import { open } from 'node:fs/promises';
import path from 'node:path';
import { type Case, sumTallies, tryCases } from '../cases.ts';
import { makeDice, shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import { openSeamStage, type SeamStage } from '../seam/runs.ts';
import { type SeamKind, type SeamPlan, seamKinds } from '../seam/seam.ts';
import type { Scenario } from '../stage/scenario.ts';
import { useStage } from '../stage/shared-stages.ts';
import { enginesHere, type StageEngine } from '../stage/stage.ts';

const modes = ['once', 'forever'] as const;
/** Pairs of a fault and one in the run that mends it, for each engine. */
const compoundCases = 200;

/** Every operation on files, databases, sockets and the clock fails, once and for ever. */
export const inProcess: FaultClass = {
  name: 'in-process',
  title: 'each operation on files, database, network and clock fails once and for ever, also in the next run',
  whyNot: async () => null,
  async run(request) {
    const { engines, missing } = enginesHere();
    for (const reason of missing) request.tell(`not on ${reason}`);
    const chosen = request.mode === 'quick' ? [engines[request.seed % engines.length]!] : engines;
    const tallies: Tally[] = [];
    for (const engine of chosen) tallies.push(await tryOnEngine(request, engine));
    return sumTallies(tallies);
  },
  async control(request) {
    const stage = await openSeamStage(await useStage('sqlite'));
    try {
      return await tryCases(request, naiveCases(stage));
    } finally {
      await stage.close();
    }
  },
};

async function tryOnEngine(request: TortureRequest, engine: StageEngine): Promise<Tally> {
  const stage = await openSeamStage(await useStage(engine));
  try {
    const { scenarios } = stage.stage;
    const chosen = request.mode === 'quick' ? shuffled(scenarios, request.seed).slice(0, 1) : scenarios;
    const counts = new Map<Scenario, ReadonlyMap<SeamKind, number>>();
    for (const scenario of chosen) counts.set(scenario, await stage.count(scenario));
    const singles = [...counts].flatMap(([scenario, count]) =>
      plansOf(count).map((plan) => caseOf(stage, scenario, [plan])),
    );
    const pairs = pairsOf(stage, counts, request.seed);
    return await tryCases(request, shuffled([...singles, ...pairs], request.seed));
  } finally {
    await stage.close();
  }
}

function plansOf(counts: ReadonlyMap<SeamKind, number>): SeamPlan[] {
  return seamKinds.flatMap((kind) =>
    Array.from({ length: counts.get(kind) ?? 0 }, (_, index) =>
      modes.map((mode) => ({ kind, mode, nth: index + 1 })),
    ).flat(),
  );
}

/** A fault, and another one in the run that comes after it. */
function pairsOf(
  stage: SeamStage,
  counts: ReadonlyMap<Scenario, ReadonlyMap<SeamKind, number>>,
  seed: number,
): Case[] {
  const roll = makeDice(seed);
  const draw = <T>(list: readonly T[]): T => list[Math.floor(roll() * list.length)]!;
  return Array.from({ length: compoundCases }, () => {
    const [scenario, count] = draw([...counts]);
    const plans = plansOf(count);
    return caseOf(stage, scenario, [draw(plans), draw(plans)]);
  });
}

function caseOf(stage: SeamStage, scenario: Scenario, plans: readonly SeamPlan[]): Case {
  const faults = plans.map(({ kind, nth, mode }) => `${kind} ${nth} ${mode}`).join(', then ');
  return {
    name: `${stage.stage.engine} ${scenario.command} ${faults}`,
    run: () => stage.attack(scenario, plans),
  };
}

/** A backup as it is often written: under its final name from the first byte on. */
function naiveCases(stage: SeamStage): Case[] {
  const scenario = stage.stage.scenarios.find(({ command }) => command === 'backup')!;
  const folder = path.join(stage.stage.rig.folder, 'backups');
  const bytes = Buffer.from(stage.stage.filesBefore(scenario).get('ledger.json.gz')!, 'latin1');
  const work = async (): Promise<void> => {
    const file = await open(path.join(folder, 'nightly.json.gz'), 'w');
    try {
      for (let offset = 0; offset < bytes.length; offset += 256)
        await file.write(bytes.subarray(offset, offset + 256));
    } finally {
      await file.close();
    }
  };
  return Array.from({ length: 8 }, (_, index) => ({
    name: `a naive backup, files ${index + 1} once`,
    run: () => stage.attackWork(scenario, { kind: 'files', nth: index + 1, mode: 'once' }, work),
  }));
}
