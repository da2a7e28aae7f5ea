/** What reaches the outside of the process. */
export const seamKinds = ['files', 'database', 'network', 'clock'] as const;
export type SeamKind = (typeof seamKinds)[number];

/** The operations of this kind that fail: one, or all from one on. */
export interface SeamPlan {
  readonly kind: SeamKind;
  /** Counted from 1 since the plan was made. */
  readonly nth: number;
  readonly mode: 'once' | 'forever';
}

/**
 * The one place through which every operation on the outside goes while a run is watched. It counts them by kind, and
 * makes those fail that the plan names.
 */
export class Seam {
  #plan: SeamPlan | null = null;
  #isWatching = false;
  #fired = 0;
  readonly #counts = new Map<SeamKind, number>();

  /** Counts what `work` does, with the plan's faults in it. */
  async watch<T>(
    plan: SeamPlan | null,
    work: () => Promise<T>,
  ): Promise<{ result: T; fired: number; counts: ReadonlyMap<SeamKind, number> }> {
    this.#plan = plan;
    this.#fired = 0;
    this.#counts.clear();
    this.#isWatching = true;
    try {
      const result = await work();
      return { result, fired: this.#fired, counts: new Map(this.#counts) };
    } finally {
      this.#isWatching = false;
    }
  }

  /** Whether this operation fails. */
  meets(kind: SeamKind): boolean {
    if (!this.#isWatching) return false;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const plan = this.#plan;
    if (plan?.kind !== kind) return false;
    const isHit = plan.mode === 'once' ? count === plan.nth : count >= plan.nth;
    if (isHit) this.#fired++;
    return isHit;
  }
}
