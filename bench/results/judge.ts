import type { MeasuredContestant } from '../measure/alternate.ts';
import { medianRatio } from '../measure/statistics.ts';
import type { PairResult, PartResult, SizeResult } from './part.ts';
import { growthTarget, memoryTarget, type PairTarget, pairTargets } from './targets.ts';

/** One target and how near it is. */
export interface Verdict {
  readonly work: string;
  readonly against: string;
  /** On what data, such as `cuid ids, 1,000,000 rows`. */
  readonly on: string;
  readonly measure: 'time' | 'bytes' | 'memory' | 'memory ratio' | 'time per row';
  readonly atMost: number;
  /** Null when it was not measured. */
  readonly reached: number | null;
}

export function isMissed(verdict: Verdict): boolean {
  return verdict.reached !== null && verdict.reached > verdict.atMost;
}

/** Every target against what the parts have found; those of parts that are not there are not measured. */
export function judge(parts: readonly PartResult[]): Verdict[] {
  return [
    ...pairTargets.flatMap((target) => judgePairs(target, parts)),
    ...judgeMemory(parts),
    ...judgeGrowth(parts),
  ];
}

/** The contestants whose output does not restore to the rows of the source. */
export function findUnequal(parts: readonly PartResult[]): string[] {
  return parts.flatMap(({ part, pairs }) =>
    pairs.flatMap(({ ours, theirs, idKind }) =>
      [ours, theirs]
        .filter(({ isEqual }) => isEqual === false)
        .map(({ name }) => `${part}, ${idKind} ids: ${name}`),
    ),
  );
}

export function timeRatio({ ours, theirs }: PairResult): number {
  return medianRatio(secondsOf(ours), secondsOf(theirs));
}

/** Null where one of the two writes nothing. */
export function bytesRatio({ ours, theirs }: PairResult): number | null {
  const [ourBytes, theirBytes] = [ours, theirs].map(({ runs }) =>
    runs.flatMap(({ outputBytes }) => (outputBytes === null ? [] : [outputBytes])),
  );
  if (ourBytes!.length === 0 || ourBytes!.length !== theirBytes!.length) return null;
  return medianRatio(ourBytes!, theirBytes!);
}

function secondsOf({ runs }: MeasuredContestant): number[] {
  return runs.map(({ seconds }) => seconds);
}

function judgePairs(target: PairTarget, parts: readonly PartResult[]): Verdict[] {
  const { work, against, measure, atMost } = target;
  const pairs = parts
    .filter(({ part }) => part === target.part)
    .flatMap((part) => part.pairs.filter(({ id }) => id === target.pair));
  if (pairs.length === 0) return [{ work, against, measure, atMost, on: '', reached: null }];
  return pairs.map((pair) => ({
    ...{ work, against, measure, atMost },
    on: `${pair.idKind} ids, ${pair.rows.toLocaleString('en')} rows`,
    reached: measure === 'time' ? timeRatio(pair) : bytesRatio(pair),
  }));
}

function judgeMemory(parts: readonly PartResult[]): Verdict[] {
  const sizes = parts.filter(({ part }) => part === 'memory').flatMap((part) => part.sizes);
  return sizes.flatMap((size): Verdict[] => {
    const { engine, work, rows } = size;
    const on = `${rows.toLocaleString('en')} rows`;
    const name = `${engine} ${work}: peak memory`;
    if (rows === memoryTarget.rows) {
      const { atMostBytes: atMost } = memoryTarget;
      return [{ work: name, against: '–', on, measure: 'memory', atMost, reached: size.peakBytes }];
    }
    const small = sizes.find((one) => isSameWork(one, size) && one.rows === memoryTarget.rows);
    if (rows !== memoryTarget.manyRows || small === undefined) return [];
    const reached = size.peakBytes / small.peakBytes;
    const against = `${memoryTarget.rows.toLocaleString('en')} rows`;
    return [{ work: name, against, on, measure: 'memory ratio', atMost: memoryTarget.atMostRatio, reached }];
  });
}

function judgeGrowth(parts: readonly PartResult[]): Verdict[] {
  const sizes = parts.filter(({ part }) => part === 'growth').flatMap((part) => part.sizes);
  return sizes.flatMap((size): Verdict[] => {
    const smaller = sizes
      .filter((one) => isSameWork(one, size) && one.rows < size.rows)
      .toSorted((a, b) => b.rows - a.rows)[0];
    if (smaller === undefined) return [];
    return [
      {
        work: `${size.engine} ${size.work}: time per row`,
        against: `${smaller.rows.toLocaleString('en')} rows`,
        on: `${size.rows.toLocaleString('en')} rows`,
        measure: 'time per row',
        atMost: growthTarget.atMostRatio,
        reached: size.seconds / size.allRows / (smaller.seconds / smaller.allRows),
      },
    ];
  });
}

function isSameWork(one: SizeResult, other: SizeResult): boolean {
  return one.engine === other.engine && one.work === other.work;
}
