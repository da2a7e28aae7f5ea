import { type Case, tryCases } from '../cases.ts';
import { makeDice } from '../dice.ts';
import { whyNoLoopMounts } from '../disk/mounts.ts';
import { openPowerRig, type PowerRig } from '../disk/power-rig.ts';
import type { FaultClass, Tally } from '../fault-class.ts';

/** For each command. */
const cutsInFull = 100;

/** The power fails: the disk has what was synced, and perhaps more. */
export const powerCut: FaultClass = {
  name: 'power-cut',
  title: 'the disk as it is at any instant of every command that writes, mounted after a power cut',
  whyNot: async () => whyNoLoopMounts(),
  run: (request) =>
    withRig((rig) => {
      const roll = makeDice(request.seed);
      const rounds = Array.from({ length: cutsInFull }, (_, round) => round);
      const cases = rounds.flatMap((round) =>
        rig.stage.scenarios.map((scenario): Case => {
          // One in four comes right behind the report of success.
          const share = round % 4 === 3 ? null : roll();
          const when = share === null ? 'after its report' : `at ${share.toFixed(4)} of its time`;
          return { name: `${scenario.command} ${when} #${round}`, run: () => rig.cut(scenario, share) };
        }),
      );
      return tryCases(request, cases);
    }),
  control: (request) =>
    withRig((rig) =>
      tryCases(
        request,
        Array.from({ length: 10 }, (_, index) => ({
          name: `a naive backup without fsync #${index}`,
          run: () => rig.cutNaively(),
        })),
      ),
    ),
};

async function withRig(work: (rig: PowerRig) => Promise<Tally>): Promise<Tally> {
  const rig = await openPowerRig();
  try {
    return await work(rig);
  } finally {
    await rig.close();
  }
}
