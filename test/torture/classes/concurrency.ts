import { CaseTally, hasTime } from '../case-tally.ts';
import { Arena } from '../concurrency/arena.ts';
import { allPairs, type Runner, runners } from '../concurrency/runners.ts';
import { type Fate, holdTrial, type Trial } from '../concurrency/trial.ts';
import { makeDice, shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import { weakenBuild } from '../weakened-build.ts';

/** How many trials a full run holds. */
const allTrials = 1000;
const controlTrials = 12;
const mostProcesses = 8;
const fates: readonly Fate[] = ['works', 'works', 'killed', 'stopped'];

/** One run at a time in a backup folder, whoever meets whom. */
export const concurrency: FaultClass = {
  name: 'concurrency',
  title: '2–8 processes of all pairs of commands behind a barrier; the holder of the lock killed or stopped',
  whyNot: async () => null,
  run: (request) => holdTrials(request, drawTrials(request.seed)),
  async control(request) {
    const { program, remove } = weakenBuild([
      { file: 'host/run-lock.js', from: `database.exec('BEGIN EXCLUSIVE');`, to: `database.exec('BEGIN');` },
    ]);
    try {
      const backup = runners.find(({ name }) => name === 'backup')!;
      const trial: Trial = { runners: [backup, backup, backup], fate: 'works', program };
      return await holdTrials(
        request,
        Array.from({ length: controlTrials }, () => trial),
      );
    } finally {
      remove();
    }
  },
};

/** All pairs first, each with a fate by lot; then groups of any size. */
function drawTrials(seed: number): readonly Trial[] {
  const draw = makeDice(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
  const pairs = allPairs();
  const groups = Array.from({ length: allTrials - pairs.length }, () => drawGroup(pick, draw));
  return [...shuffled(pairs, seed), ...groups].map((group) => ({ runners: group, fate: pick(fates) }));
}

function drawGroup(pick: (list: readonly Runner[]) => Runner, draw: () => number): Runner[] {
  const size = 2 + Math.floor(draw() * (mostProcesses - 1));
  const group = Array.from({ length: size }, () => pick(runners));
  return group.some(({ takesLock }) => takesLock) ? group : [runners[0]!, ...group.slice(1)];
}

async function holdTrials(request: TortureRequest, trials: readonly Trial[]): Promise<Tally> {
  const tally = new CaseTally(request);
  const arena = new Arena();
  await arena.open();
  for (const [index, trial] of trials.entries()) {
    if (!hasTime(request, tally)) break;
    const label = `trial ${index + 1}: ${trial.runners.map(({ name }) => name).join(', ')}; the holder ${trial.fate}`;
    const before = tally.violations.length;
    await tally.attempt(label, () => holdTrial(arena, trial));
    for (const one of tally.violations.slice(before)) request.tell(one);
    if (tally.tried % 50 === 0) request.tell(`${tally.tried} trials, ${tally.violations.length} violations`);
  }
  return tally;
}
