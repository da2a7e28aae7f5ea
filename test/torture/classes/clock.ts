import { tryCases } from '../cases.ts';
import { allLeaps, type ClockCase, changeCase, changes, leapCase } from '../clock/clock-cases.ts';
import { whyNoFakeClock } from '../clock/fake-clock.ts';
import { surroundingCases } from '../clock/surroundings.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import { weakenBuild } from '../weakened-build.ts';

/** Nothing is overwritten or deleted because of a clock, a time zone or a locale. */
export const clock: FaultClass = {
  name: 'clock',
  title: 'clock leaps, both clock changes of 5 zones, tr_TR, C, LANG unset, env -i under /bin/sh',
  whyNot: async () => whyNoFakeClock(),
  run: (request) => tryClocks(request, [...changes.map(changeCase), ...allLeaps, ...surroundingCases()]),
  async control(request) {
    const { program, remove } = weakenBuild([
      {
        file: 'retention/clock-watch.js',
        from: 'if (at - before > longestSilence(schedule)) {',
        to: 'if (false) {',
      },
    ]);
    try {
      return await tryClocks(
        request,
        [leapCase(400, 'auto'), leapCase(31, 'auto'), leapCase(4100, 'auto')],
        program,
      );
    } finally {
      remove();
    }
  },
};

function tryClocks(request: TortureRequest, cases: readonly ClockCase[], program?: string): Promise<Tally> {
  return tryCases(
    request,
    cases.map(({ label, run }) => ({ name: label, run: () => run(program) })),
  );
}
