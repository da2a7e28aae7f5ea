import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isRefused, isRefusedNaively } from '../../support/damage.ts';
import { type Case, tryCases } from '../cases.ts';
import {
  type Damaged,
  type DamageGroup,
  everyBit,
  everyExtension,
  everyLength,
  everyRearrangement,
  everyValue,
} from '../damage/damages.ts';
import { refusedRestores } from '../damage/restores.ts';
import { makeVictims, type Victim, type Victims } from '../damage/victims.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';

/** Whether the snapshot is refused; what is judged at the same time is told apart by the lane. */
type Judge = (victim: Victim, damaged: Damaged, lane: number) => Promise<boolean>;

/** Snapshots that are judged side by side: reading one leaves most of the time to the system. */
const lanes = 8;

/** What a disk, a network or an attacker does to the stored bytes. */
export const damage: FaultClass = {
  name: 'damage',
  title: 'every byte, bit, length and order of stored snapshots changed: refused before anything is written',
  whyNot: async () => null,
  run: (request) =>
    withVictims(async (victims) => {
      const judge: Judge = async ({ ending, unlock }, { bytes }, lane) => {
        const file = path.join(victims.folder, `damaged-${lane}${ending}`);
        // At once: the bytes are another case's as soon as this one waits.
        writeFileSync(file, bytes);
        return isRefused(file, unlock);
      };
      const groups = groupsOf(victims);
      const cases = groups.map(({ victim, group }) => caseOf(victim, group, judge));
      return tryCases(request, [...(await refusedRestores(request.seed)), ...cases]);
    }),
  /** A reader that inflates and parses, and compares nothing. */
  control: (request) => withVictims((victims) => tryNaively(request, victims)),
};

async function withVictims(work: (victims: Victims) => Promise<Tally>): Promise<Tally> {
  const victims = await makeVictims();
  try {
    return await work(victims);
  } finally {
    victims.close();
  }
}

/** The few and the telling first: a full run may end before the last byte's last value. */
function groupsOf({ small, large }: Victims): { victim: Victim; group: DamageGroup }[] {
  const of = (victims: readonly Victim[], make: (victim: Victim) => readonly DamageGroup[]) =>
    victims.flatMap((victim) => make(victim).map((group) => ({ victim, group })));
  return [
    ...of([...small, ...large], (victim) => [everyRearrangement(victim), everyExtension(victim)]),
    ...of(small, everyLength),
    ...of(small, everyValue),
    ...of(large, everyBit),
    ...of(large, everyLength),
  ];
}

function caseOf(victim: Victim, group: DamageGroup, judge: Judge): Case {
  return {
    name: group.name,
    async run() {
      const violations: string[] = [];
      let cases = 0;
      let fired = true;
      const list = group.make();
      const work = async (lane: number): Promise<void> => {
        for (const { name, bytes } of list) {
          cases++;
          fired &&= !bytes.equals(victim.bytes);
          if (!(await judge(victim, { name, bytes }, lane)))
            violations.push(`${name}: taken for a good snapshot`);
        }
      };
      await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
      return { cases, fired, violations };
    },
  };
}

function tryNaively(request: TortureRequest, { small }: Victims): Promise<Tally> {
  const judge: Judge = async ({ form }, { bytes }) => isRefusedNaively(Buffer.from(bytes), form);
  const plain = small.filter(({ unlock }) => unlock === undefined);
  const groups = plain.flatMap((victim) =>
    [everyExtension(victim), ...everyValue(victim).slice(0, 8)].map((group) => ({ victim, group })),
  );
  return tryCases(
    request,
    groups.map(({ victim, group }) => caseOf(victim, group, judge)),
  );
}
