/** A program and its arguments, without a shell. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Programs that run at the same time, each reading what the one before it writes. */
export interface Step {
  readonly pipeline: readonly Command[];
  /** The file that the first program reads. */
  readonly from?: string;
  /** The file that the last program writes. */
  readonly to?: string;
}

export function command(...argv: [string, ...string[]]): Command {
  return { argv };
}

/** One program by itself. */
export function step(...argv: [string, ...string[]]): Step {
  return { pipeline: [{ argv }] };
}
