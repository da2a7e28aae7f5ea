import type { EngineName } from '../databases/engine.ts';
import type { Options } from '../options.ts';
import type { Findings, PartName } from '../results/part.ts';
import { memoryTarget } from '../results/targets.ts';
import type { Workplace } from '../workplace.ts';
import { runCataloguePart } from './catalogue.ts';
import { runEnginePart } from './pairs.ts';
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

/** Holdfast against the tools of one database. */
export function isEnginePart(part: PartName): boolean {
  return part === 'postgres' || part === 'sqlite' || part === 'mysql';
}

export async function runPart(part: PartName, workplace: Workplace, options: Options): Promise<PartRun> {
  switch (part) {
    case 'postgres':
    case 'sqlite':
    case 'mysql':
      return { engines: [part], findings: await runEnginePart(part, workplace, options) };
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
