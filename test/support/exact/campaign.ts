import fc from 'fast-check';
import type { Bench, ExactEngine, Script } from './bench.ts';
import { plainWays, proveRoundTrip, type RoundTripOptions, type Ways } from './round-trip.ts';

export interface CampaignOptions extends Pick<RoundTripOptions, 'wrap'> {
  readonly seed: number;
  /** The first case; every case can be run alone by its number. */
  readonly from?: number;
  readonly cases: number;
  /** How long to look for a smaller database that fails; 0 for not at all. */
  readonly reduceMs?: number;
  /** Called after each batch with the number of cases done. */
  readonly onProgress?: (done: number) => void;
}

/** A generated database that does not come back, made as small as was possible in the time. */
export interface CampaignFailure {
  readonly seed: number;
  readonly case: number;
  readonly ways: Ways;
  readonly reason: string;
  readonly script: Script;
}

const defaultReduceMs = 60_000;

const allWays: readonly Ways[] = [
  plainWays,
  { ...plainWays, createSchema: true },
  { ...plainWays, undo: true },
  { createSchema: true, undo: false, compressionLevel: null },
];

/**
 * Proves the round trip of so many generated databases. The same seed gives the same cases.
 *
 * @returns the first failure, or null
 */
export async function runCampaign<Model>(
  engine: ExactEngine<Model>,
  options: CampaignOptions,
): Promise<CampaignFailure | null> {
  const { seed, from = 0, cases, onProgress } = options;
  const bench = await engine.open();
  try {
    for (let done = 0; done < cases; done += engine.batch) {
      const first = from + done;
      const count = Math.min(engine.batch, cases - done);
      const failure = await proveBatch({ ...options, engine, bench, seed, first, count });
      if (failure !== null) return failure;
      onProgress?.(done + count);
    }
    return null;
  } finally {
    await bench.close();
  }
}

interface Batch<Model> extends Pick<CampaignOptions, 'wrap' | 'reduceMs'> {
  readonly engine: ExactEngine<Model>;
  readonly bench: Bench;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
}

async function proveBatch<Model>(batch: Batch<Model>): Promise<CampaignFailure | null> {
  const { engine, first, count, seed } = batch;
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const models = numbers.map((number) => modelOf(engine, seed, number));
  const ways = allWays[Math.floor(first / engine.batch) % allWays.length]!;
  const reason = await tryModels(batch, models, ways);
  if (reason === null) return null;
  for (const number of batch.reduceMs === 0 ? [] : numbers) {
    const reduced = await reduce(batch, number, ways);
    if (reduced !== null) return reduced;
  }
  // No case fails alone, so it takes several of them, or nothing smaller was looked for.
  return { seed, case: first, ways, reason, script: engine.render(models) };
}

function modelOf<Model>({ models }: ExactEngine<Model>, seed: number, number: number): Model {
  const [model] = fc.sample(models, { seed, path: String(number), numRuns: 1 });
  return model!;
}

/** @returns why it failed, or null */
async function tryModels<Model>(
  { engine, bench, wrap }: Batch<Model>,
  models: readonly Model[],
  ways: Ways,
): Promise<string | null> {
  try {
    await proveRoundTrip(bench, engine.render(models), wrap === undefined ? { ways } : { ways, wrap });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function reduce<Model>(
  batch: Batch<Model>,
  number: number,
  ways: Ways,
): Promise<CampaignFailure | null> {
  const { engine, seed } = batch;
  let reason = '';
  let running: Promise<string | null> = Promise.resolve(null);
  const property = fc.asyncProperty(engine.models, async (model) => {
    running = tryModels(batch, [model], ways);
    const found = await running;
    if (found === null) return;
    reason = found;
    throw new Error(found);
  });
  const details = await fc.check(property, {
    seed,
    path: String(number),
    numRuns: 1,
    interruptAfterTimeLimit: batch.reduceMs ?? defaultReduceMs,
  });
  // At the time limit the last try is left running.
  const last = reason;
  await running;
  const model = details.counterexample?.[0];
  if (model === undefined) return null;
  return { seed, case: number, ways, reason: last, script: engine.render([model]) };
}

/** The failure with everything that is needed to see it again. */
export function describeFailure(engine: string, failure: CampaignFailure): string {
  const { seed, ways, reason, script } = failure;
  const statements = (['create', 'fill', 'finish', 'damage'] as const).flatMap((part) =>
    script[part].length === 0 ? [] : [`-- ${part}`, ...script[part].map((statement) => `${statement};`)],
  );
  return [
    `${engine}: ${reason}`,
    `Again: npx tsx test/campaigns/exact.ts --engine ${engine} --seed ${seed} --case ${failure.case}`,
    `Ways: ${JSON.stringify(ways)}`,
    'Reduced to:',
    ...statements,
  ].join('\n');
}
