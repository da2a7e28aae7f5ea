import type { Digest } from '../databases/engine.ts';
import type { Step } from '../measure/command.ts';

/** One way to do a piece of work, as a user would start it. */
export interface Contestant {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The file or folder whose size counts. */
  readonly output?: string;
  /** Makes what all runs need, once; not measured. */
  readonly prepare?: () => Promise<unknown>;
  /** Makes the same beginning for every run; not measured. */
  readonly before?: () => Promise<void>;
  /** What the database holds that its output restores to, or that it has restored. */
  readonly result?: () => Promise<Digest>;
}

/** Two contestants that do the same work on the same data. */
export interface Pair {
  /** Stands in results and targets. */
  readonly id: string;
  readonly work: string;
  readonly ours: Contestant;
  readonly theirs: Contestant;
}
