import type { EngineName } from '../databases/engine.ts';
import type { Findings, PartName } from '../results/part.ts';
import { memoryTarget } from '../results/targets.ts';
import type { Workplace } from '../workplace.ts';
import { runCataloguePart } from './catalogue.ts';
import { type PairsPartOptions, runEnginePart } from './pairs.ts';
import { runPrismaPart } from './prisma.ts';
import { runSizesPart } from './sizes.ts';
import { runStagesPart } from './stages.ts';
import { runStartPart } from './start.ts';

const sizes = {
  memory: [memoryTarget.rows, memoryTarget.manyRows],
  growth: [10_000, 100_000, 1_000_000, 10_000_000],
} as const;

export interface PartRun {
  readonly findings: Findings;
  /** The databases that took part. */
  readonly engines: readonly EngineName[];
}

/** Whether a part runs once with each kind of ids. The others always have `bigint`. */
export function hasIdKinds(part: PartName): boolean {
  return ['postgres', 'sqlite', 'mysql', 'prisma'].includes(part);
}

export async function runPart(
  part: PartName,
  workplace: Workplace,
  options: PairsPartOptions,
): Promise<PartRun> {
  switch (part) {
    case 'postgres':
    case 'sqlite':
    case 'mysql':
      return { engines: [part], findings: await runEnginePart(part, workplace, options) };
    case 'prisma':
      return { engines: options.engines, findings: await runPrismaPart(workplace, options) };
    case 'memory':
    case 'growth':
      return {
        engines: options.engines,
        findings: await runSizesPart(options.sizes ?? sizes[part], workplace, options),
      };
    case 'start':
      return { engines: ['sqlite'], findings: await runStartPart(workplace, options) };
    case 'catalogue':
      return { engines: ['sqlite'], findings: await runCataloguePart(workplace, options) };
    case 'stages':
      return { engines: options.engines, findings: await runStagesPart(workplace, options) };
  }
}
