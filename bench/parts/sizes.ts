import type { Contestant } from '../contestants/contestant.ts';
import { holdfastBackup, holdfastRestore } from '../contestants/holdfast.ts';
import type { EngineName } from '../databases/engine.ts';
import { runContestant } from '../measure/alternate.ts';
import { median } from '../measure/statistics.ts';
import type { Options } from '../options.ts';
import { formatCount } from '../results/format.ts';
import { type Findings, noFindings, type SizeResult } from '../results/part.ts';
import { openDatabase, type Workplace } from '../workplace.ts';

/** From so many rows on one run counts, without a warm-up: what varies from run to run is small against the whole. */
const rowsOfOneRun = 5_000_000;

const known = new Map<string, readonly SizeResult[]>();

/** Backup and restore by Holdfast alone, in databases of several sizes. A size that was measured is not run again. */
export async function runSizesPart(
  sizes: readonly number[],
  workplace: Workplace,
  options: Options,
): Promise<Findings> {
  const results: SizeResult[] = [];
  for (const engine of options.engines) {
    for (const rows of sizes) {
      const key = `${engine} ${rows}`;
      const found = known.get(key) ?? (await measureSize(engine, rows, { workplace, options }));
      known.set(key, found);
      results.push(...found);
    }
  }
  return { ...noFindings, sizes: results };
}

interface SizesRun {
  readonly workplace: Workplace;
  readonly options: Options;
}

async function measureSize(
  engineName: EngineName,
  rows: number,
  { workplace, options }: SizesRun,
): Promise<SizeResult[]> {
  const database = await openDatabase(workplace, engineName, { rows, idKind: 'bigint' });
  const { engine, sizes, source } = database;
  const allRows = Object.values(sizes).reduce((sum, count) => sum + count, 0);
  workplace.say(`${engine.title}: backup and restore of ${formatCount(rows)} rows`);
  const settle = (): Promise<void> => engine.settle(source);
  const measure = async (work: SizeResult['work'], contestant: Contestant): Promise<SizeResult> => {
    await contestant.prepare?.();
    const isLarge = rows >= rowsOfOneRun;
    const rounds = isLarge ? 1 : options.rounds;
    if (!isLarge && options.warmUp) await runContestant(contestant, settle);
    const runs = [];
    for (let round = 0; round < rounds; round++) runs.push(await runContestant(contestant, settle));
    const seconds = median(runs.map((run) => run.seconds));
    workplace.say(`  ${contestant.name}: ${seconds.toFixed(2)} s`);
    return {
      ...{ engine: engineName, work, rows, allRows, seconds },
      cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
      peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
    };
  };
  return [
    await measure('backup', holdfastBackup(database, 6)),
    await measure('restore', holdfastRestore(database)),
  ];
}
