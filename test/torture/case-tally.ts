import { shuffled } from './dice.ts';
import type { Tally, TortureRequest } from './fault-class.ts';

/** What one case came to. */
export interface CaseResult {
  /** Whether the fault really happened. */
  readonly fired: boolean;
  /** The laws that were broken, a sentence each; empty when all held. */
  readonly broken: readonly string[];
}

/** Adds up the cases of a class. */
export class CaseTally implements Tally {
  readonly violations: string[] = [];
  tried = 0;
  fired = 0;
  readonly #isControl: boolean;

  constructor({ isControl = false }: { readonly isControl?: boolean } = {}) {
    this.#isControl = isControl;
  }

  /**
   * Tries a case. What it throws is a violation, since no case may end in an error of its own; of a control it is a
   * case that did not fire, since a broken control proves nothing.
   */
  async attempt(label: string, work: () => Promise<CaseResult>): Promise<void> {
    this.tried++;
    try {
      const { fired, broken } = await work();
      if (fired) this.fired++;
      this.violations.push(...broken.map((one) => `${label}: ${one}`));
    } catch (error) {
      if (this.#isControl) return;
      this.violations.push(`${label}: the case itself failed: ${reasonOf(error)}`);
    }
  }

  add(other: Tally): void {
    this.tried += other.tried;
    this.fired += other.fired;
    this.violations.push(...other.violations);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error
    ? `${error.message.slice(0, 1000)} (${error.stack?.split('\n')[1]?.trim()})`
    : String(error);
}

/** Whether another case may begin: the first may at any time, so that no class ends without one. */
export function hasTime(
  { until, needsViolation }: TortureRequest,
  { tried, violations }: Pick<Tally, 'tried' | 'violations'>,
): boolean {
  return tried === 0 || Date.now() < until || (needsViolation && violations.length === 0);
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
