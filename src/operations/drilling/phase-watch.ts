import type { Clock } from '../../ports/ports.ts';

/** The parts of a drill, in their order. */
export type DrillPhaseName = 'verify' | 'create' | 'restore' | 'compare' | 'check' | 'write' | 'drop';

export interface DrillPhase {
  readonly name: DrillPhaseName;
  readonly ms: number;
}

/** Measures how long each part of a drill takes. */
export class PhaseWatch {
  readonly #clock: Clock;
  readonly #phases: DrillPhase[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those that have ended, in their order. */
  get phases(): readonly DrillPhase[] {
    return this.#phases;
  }

  async time<T>(name: DrillPhaseName, work: () => Promise<T>): Promise<T> {
    const started = this.#clock.now().getTime();
    try {
      return await work();
    } finally {
      this.add(name, this.#clock.now().getTime() - started);
    }
  }

  /** How long these took together. */
  sum(names: readonly DrillPhaseName[]): number {
    return this.#phases.filter(({ name }) => names.includes(name)).reduce((sum, { ms }) => sum + ms, 0);
  }

  add(name: DrillPhaseName, ms: number): void {
    this.#phases.push({ name, ms: Math.max(0, ms) });
  }
}
