import { hasTime } from './case-tally.ts';
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
 * Tries cases, at least one, until they or the time run out: in a full run each of them in order, but those that are kept; in a quick
 * one in an order that the seed draws. An error of the case itself counts as a violation: it has to be looked at.
 */
export async function tryCases(request: TortureRequest, cases: readonly Case[]): Promise<Tally> {
  const list = request.mode === 'quick' ? shuffled(cases, request.seed) : cases;
  let [tried, fired, done, told] = [0, 0, 0, Date.now()];
  const violations: string[] = [];
  for (const one of list) {
    const kept = request.kept?.find(one.name);
    if (kept === undefined && !hasTime(request, { tried, violations })) break;
    const result = kept ?? (await runCase(one));
    if (kept === undefined) request.kept?.keep(one.name, result);
    tried += result.cases ?? 1;
    if (result.fired) fired += result.cases ?? 1;
    violations.push(...result.violations.map((sentence) => `${one.name}: ${sentence}`));
    done++;
    if (Date.now() < told + tellEveryMs) continue;
    told = Date.now();
    request.tell(
      `${done} of ${list.length} steps, ${tried} cases, ${violations.length} violations; ${one.name}`,
    );
  }
  return { tried, fired, violations };
}

async function runCase({ run }: Case): Promise<CaseResult> {
  try {
    return await run();
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { fired: false, violations: [`the case itself failed: ${text}`] };
  }
}

/** Several tallies as one. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  return {
    tried: tallies.reduce((sum, { tried }) => sum + tried, 0),
    fired: tallies.reduce((sum, { fired }) => sum + fired, 0),
    violations: tallies.flatMap(({ violations }) => violations),
  };
}
