import { findUnequal, isMissed, judge, type Verdict } from './judge.ts';
import type { PartResult } from './part.ts';
import { renderPairs, renderVerdicts } from './render.ts';

export const exitCodes = { done: 0, failed: 2, missed: 4 } as const;

/** What a run of the bench has come to. */
export interface Conclusion {
  readonly parts: readonly PartResult[];
  /** Contestants whose output does not hold the rows of the source. */
  readonly unequal: readonly string[];
  /** Of the targets that these parts measure; none where times are not judged. */
  readonly verdicts: readonly Verdict[];
}

export function conclude(
  parts: readonly PartResult[],
  { isJudged }: { readonly isJudged: boolean },
): Conclusion {
  const verdicts = isJudged ? judge(parts).filter(({ reached }) => reached !== null) : [];
  return { parts, unequal: findUnequal(parts), verdicts };
}

/** A figure for work that was not done is worse than a slow one. */
export function exitCodeOf({ unequal, verdicts }: Conclusion): number {
  if (unequal.length > 0) return exitCodes.failed;
  return verdicts.some(isMissed) ? exitCodes.missed : exitCodes.done;
}

export function formatJson(conclusion: Conclusion): string {
  const { parts, unequal, verdicts } = conclusion;
  const ok = exitCodeOf(conclusion) === exitCodes.done;
  const missed = verdicts.filter(isMissed);
  return `${JSON.stringify({ command: 'bench', ok, unequal, missed, verdicts, parts })}\n`;
}

export function formatText({ parts, unequal, verdicts }: Conclusion): string {
  const pairs = parts.flatMap((part) => part.pairs);
  const tables = [
    pairs.length > 0 ? renderPairs(pairs) : '',
    verdicts.length > 0 ? renderVerdicts(verdicts) : '',
  ].filter(Boolean);
  const lines = [
    ...unequal.map((name) => `Not equal to the source: ${name}`),
    ...verdicts
      .filter(isMissed)
      .map(({ work, against, on }) => `Missed: ${work}, against ${against}, on ${on}`),
  ];
  return [...tables, ...lines.map((line) => `${line}\n`)].join('\n');
}
