import { createManyPair, findManyPair } from '../contestants/prisma-script.ts';
import { type Findings, noFindings, type PairResult } from '../results/part.ts';
import { openDatabase, type Workplace } from '../workplace.ts';
import { measurePairs, type PairsPartOptions } from './pairs.ts';

/**
 * Holdfast against a script with Prisma Client. The script takes minutes to bring a million rows back, so that it
 * restores fewer than it reads; a quick run does no more than see what is restored.
 */
export async function runPrismaPart(workplace: Workplace, options: PairsPartOptions): Promise<Findings> {
  const { engines, idKind, rows, prismaRows } = options;
  const pairOptions = { ...options, say: workplace.say };
  const pairs: PairResult[] = [];
  for (const engine of engines) {
    if (!options.isQuick) {
      const database = await openDatabase(workplace, engine, { rows, idKind });
      pairs.push(...(await measurePairs([findManyPair(database)], database, pairOptions)));
    }
    const smaller = await openDatabase(workplace, engine, { rows: prismaRows, idKind });
    pairs.push(...(await measurePairs([createManyPair(smaller)], smaller, pairOptions)));
  }
  return { ...noFindings, pairs };
}
