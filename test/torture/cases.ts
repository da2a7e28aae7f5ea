import { CaseTally, hasTime } from './case-tally.ts';
import { shuffled } from './dice.ts';
import type { CaseResult, Tally, TortureRequest } from './fault-class.ts';

/** One fault at one place. */
export interface Case {
  /** The same in every run with the same sources, so that a run can be resumed. */
  readonly name: string;
  readonly run: () => Promise<CaseResult>;
}

const tellEveryMs = 5000;

/**
 * Tries cases, at least one, until they or the time run out: in a full run in their order, in a quick one in an order
 * that the seed draws.
 */
export async function tryCases(request: TortureRequest, cases: readonly Case[]): Promise<Tally> {
  const list = request.mode === 'quick' ? shuffled(cases, request.seed) : cases;
  const tally = new CaseTally(request);
  let told = Date.now();
  for (const [index, { name, run }] of list.entries()) {
    if (!hasTime(request, tally)) break;
    await tally.attempt(name, run);
    if (Date.now() < told + tellEveryMs) continue;
    told = Date.now();
    const { tried, violations } = tally;
    request.tell(
      `${index + 1} of ${list.length} steps, ${tried} cases, ${violations.length} violations; ${name}`,
    );
  }
  return tally;
}

/** Several tallies as one. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  return {
    tried: tallies.reduce((sum, { tried }) => sum + tried, 0),
    fired: tallies.reduce((sum, { fired }) => sum + fired, 0),
    violations: tallies.flatMap(({ violations }) => violations),
  };
}
