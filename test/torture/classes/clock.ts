import { CaseTally, hasTime } from '../case-tally.ts';
import { allLeaps, type ClockCase, changeCase, changes, leapCase } from '../clock/clock-cases.ts';
import { whyNoFakeClock } from '../clock/fake-clock.ts';
import { surroundingCases } from '../clock/surroundings.ts';
import { shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import { weakenBuild } from '../weakened-build.ts';

/** Nothing is overwritten or deleted because of a clock, a time zone or a locale. */
export const clock: FaultClass = {
  name: 'clock',
  title: 'clock leaps, both clock changes of 5 zones, tr_TR, C, LANG unset, env -i under /bin/sh',
  whyNot: async () => whyNoFakeClock(),
  run: (request) => tryCases(request, [...changes.map(changeCase), ...allLeaps, ...surroundingCases()]),
  async control(request) {
    const { program, remove } = weakenBuild([
      {
        file: 'retention/clock-watch.js',
        from: 'if (at - before > longestSilence(schedule)) {',
        to: 'if (false) {',
      },
    ]);
    try {
      return await tryCases(
        request,
        [leapCase(400, 'auto'), leapCase(31, 'auto'), leapCase(4100, 'auto')],
        program,
      );
    } finally {
      remove();
    }
  },
};

async function tryCases(
  request: TortureRequest,
  cases: readonly ClockCase[],
  program?: string,
): Promise<Tally> {
  const tally = new CaseTally(request);
  for (const { label, run } of shuffled(cases, request.seed)) {
    if (!hasTime(request, tally)) break;
    await tally.attempt(label, () => run(program));
    request.tell(`${label}: ${tally.violations.length} violations so far`);
  }
  return tally;
}
