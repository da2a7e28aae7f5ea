import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant, Pair } from '../contestants/contestant.ts';
import type { Digest } from '../databases/engine.ts';
import { runSteps, type Usage } from './run.ts';

export interface Run extends Usage {
  /** Of what was written; null where nothing is. */
  readonly outputBytes: number | null;
}

export interface MeasuredContestant {
  readonly name: string;
  readonly runs: readonly Run[];
  /** Whether its output restores to the rows of the source; null where it has no such output. */
  readonly isEqual: boolean | null;
}

export interface MeasuredPair {
  readonly id: string;
  readonly work: string;
  readonly ours: MeasuredContestant;
  readonly theirs: MeasuredContestant;
}

export interface RoundOptions {
  readonly rounds: number;
  /** Whether each runs once before it counts. */
  readonly warmUp: boolean;
  readonly settle: () => Promise<void>;
  /** What every output must restore to. */
  readonly expected: Digest;
  /** What is known of contestants by name; each is checked once for one source. */
  readonly checked: Map<string, boolean>;
  readonly say: (line: string) => void;
}

/** One run from the same beginning as every other. */
export async function runContestant(
  { output, before, steps }: Contestant,
  settle: () => Promise<void>,
): Promise<Run> {
  if (output !== undefined) rmSync(output, { recursive: true, force: true });
  await before?.();
  await settle();
  spawnSync('sync');
  const usage = await runSteps(steps);
  return { ...usage, outputBytes: output === undefined ? null : bytesOf(output) };
}

/** Runs two contestants by turns, A B A B, and checks after the first run of each what its output holds. */
export async function measurePair(pair: Pair, options: RoundOptions): Promise<MeasuredPair> {
  const ours = new Racer(pair.ours, options);
  const theirs = new Racer(pair.theirs, options);
  await pair.ours.prepare?.();
  await pair.theirs.prepare?.();
  if (options.warmUp) {
    await ours.warmUp();
    await theirs.warmUp();
  }
  for (let round = 0; round < options.rounds; round++) {
    await ours.run();
    await theirs.run();
  }
  return { id: pair.id, work: pair.work, ours: ours.measured(), theirs: theirs.measured() };
}

class Racer {
  readonly #contestant: Contestant;
  readonly #options: RoundOptions;
  readonly #runs: Run[] = [];
  #isEqual: boolean | null = null;

  constructor(contestant: Contestant, options: RoundOptions) {
    this.#contestant = contestant;
    this.#options = options;
  }

  async warmUp(): Promise<void> {
    await this.#runOnce();
  }

  async run(): Promise<void> {
    this.#runs.push(await this.#runOnce());
  }

  measured(): MeasuredContestant {
    return { name: this.#contestant.name, runs: this.#runs, isEqual: this.#isEqual };
  }

  async #runOnce(): Promise<Run> {
    const run = await runContestant(this.#contestant, this.#options.settle);
    this.#options.say(`  ${this.#contestant.name}: ${run.seconds.toFixed(2)} s`);
    await this.#check();
    return run;
  }

  async #check(): Promise<void> {
    const { name, result } = this.#contestant;
    if (result === undefined || this.#isEqual !== null) return;
    this.#isEqual = this.#options.checked.get(name) ?? null;
    if (this.#isEqual !== null) return;
    const found = await result();
    this.#isEqual = JSON.stringify(found) === JSON.stringify(this.#options.expected);
    this.#options.checked.set(name, this.#isEqual);
    if (this.#isEqual) return;
    const wanted = JSON.stringify(this.#options.expected);
    this.#options.say(`  ${name}: NOT EQUAL: ${JSON.stringify(found)} instead of ${wanted}`);
  }
}

/** Of a file, or of all files in a folder. */
function bytesOf(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
