import { createHash } from 'node:crypto';
import { shuffled } from './dice.ts';
import type { CaseResult, Shard, Tally, TortureRequest } from './fault-class.ts';

/** Tries the cases of a class, and adds up what they come to; those that a resumed run has kept are not tried again. */
export class CaseTally implements Tally {
  readonly violations: string[] = [];
  tried = 0;
  fired = 0;
  readonly #request: TortureRequest;

  constructor(request: TortureRequest) {
    this.#request = request;
  }

  /** @param name the same in every run with the same sources, so that a run can be resumed */
  async attempt(name: string, work: () => Promise<CaseResult>): Promise<void> {
    const { kept, shard } = this.#request;
    if (shard !== undefined && !isInShard(name, shard)) return;
    const known = kept?.find(name);
    const result = known ?? (await this.#try(work));
    if (known === undefined) kept?.keep(name, result);
    const { cases = 1, fired, violations } = result;
    this.tried += cases;
    if (fired) this.fired += cases;
    this.violations.push(...violations.map((sentence) => `${name}: ${sentence}`));
  }

  add(other: Tally): void {
    this.tried += other.tried;
    this.fired += other.fired;
    this.violations.push(...other.violations);
  }

  /**
   * What a case throws is a violation, since no case may end in an error of its own. A case of a control has then not
   * fired: a control that is broken itself proves nothing.
   */
  async #try(work: () => Promise<CaseResult>): Promise<CaseResult> {
    try {
      return await work();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const violations = [`the case itself failed: ${text.slice(0, 1500)}`];
      return { fired: false, violations: this.#request.isControl ? [] : violations };
    }
  }
}

/**
 * Whether another case may begin: the first may at any time, so that no class ends without one; and a control goes on
 * until it has seen something.
 */
export function hasTime(
  { until, isControl }: TortureRequest,
  { tried, violations }: Pick<Tally, 'tried' | 'violations'>,
): boolean {
  return tried === 0 || Date.now() < until || (isControl && violations.length === 0);
}

function isInShard(name: string, { number, of }: Shard): boolean {
  return createHash('sha256').update(name).digest().readUInt32BE() % of === number - 1;
}

/** For cases that build on each other: a resumed run has to begin them anew, and a shard of them would lack something. */
export function whole({ kept, shard, ...request }: TortureRequest): TortureRequest {
  return request;
}

/** The parts of a class that a request is for: all, or in a quick run one that the seed chooses. */
export function partsFor<T>(parts: readonly T[], { mode, seed }: TortureRequest): readonly T[] {
  return mode === 'full' ? parts : shuffled(parts, seed).slice(0, 1);
}

/** The part of the time that is left, for one of several parts of a class. */
export function shareOf(request: TortureRequest, share: number): TortureRequest {
  const left = request.until - Date.now();
  return Number.isFinite(left) ? { ...request, until: Date.now() + left * share } : request;
}
