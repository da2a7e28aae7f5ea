/** What a run of a fault class is asked for. */
export interface TortureRequest {
  /** `quick` is the form of CI: a rotating shard of the cases, within `until`. */
  readonly mode: 'quick' | 'full';
  /** Chooses the shard, and everything else that is drawn by lot; the same seed draws the same cases. */
  readonly seed: number;
  /** Milliseconds of `Date.now()` after which no new case is begun; infinite in a full run. */
  readonly until: number;
  /** Whether the protection is taken away. A control has to see something, and goes on after `until` until it has. */
  readonly isControl: boolean;
  /** Tells how far the class is; a line of text. */
  readonly tell: (line: string) => void;
  /** What a former run came to that is being resumed. Absent where nothing is kept. */
  readonly kept?: KeptCases;
  /** The part of the cases that is tried; absent for all. */
  readonly shard?: Shard;
}

/** One of several parts of the cases: which case is in which does not depend on the seed. */
export interface Shard {
  /** From 1 to `of`. */
  readonly number: number;
  readonly of: number;
}

/** What one case came to. */
export interface CaseResult {
  /** Whether the fault really happened. */
  readonly fired: boolean;
  /** A sentence for each law that was broken. */
  readonly violations: readonly string[];
  /** How many cases these are, where many small ones are tried together; default one. */
  readonly cases?: number;
}

/** The results of cases, durable while a class runs. */
export interface KeptCases {
  find(name: string): CaseResult | undefined;
  keep(name: string, result: CaseResult): void;
}

/** What the cases of a class came to. */
export interface Tally {
  /** Cases tried. */
  readonly tried: number;
  /** Cases whose fault really happened. A case whose fault did not happen proves nothing, and fails the run. */
  readonly fired: number;
  /** One sentence for each case that broke a law: which case, which law, what was seen. */
  readonly violations: readonly string[];
}

/** One way in which things go wrong, tried on the real program. */
export interface FaultClass {
  /** As in the table, such as `kill`. */
  readonly name: string;
  /** What is done, in one line. */
  readonly title: string;
  /** Why this machine cannot run the class, such as `strace is not installed`; null where it can. */
  readonly whyNot: () => Promise<string | null>;
  /** Tries the cases with everything that protects in place: no violation is allowed. */
  readonly run: (request: TortureRequest) => Promise<Tally>;
  /** The same faults with the protection taken away: no violation here means that the class cannot see one. */
  readonly control: (request: TortureRequest) => Promise<Tally>;
}
