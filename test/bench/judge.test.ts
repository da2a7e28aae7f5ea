import { describe, expect, it } from 'vitest';
import type { MeasuredContestant } from '../../bench/measure/alternate.ts';
import { median, medianRatio } from '../../bench/measure/statistics.ts';
import { conclude, exitCodeOf, formatJson, formatText } from '../../bench/results/conclusion.ts';
import { judge } from '../../bench/results/judge.ts';
import { noFindings, type PairResult, type PartResult, type SizeResult } from '../../bench/results/part.ts';
import { renderResults } from '../../bench/results/render.ts';

function contestant(name: string, seconds: readonly number[], isEqual = true): MeasuredContestant {
  const runs = seconds.map((each) => ({ seconds: each, cpuSeconds: each, peakBytes: 5e7, outputBytes: 1e6 }));
  return { name, runs, isEqual };
}

function pair(ours: readonly number[], theirs: readonly number[], isEqual = true): PairResult {
  return {
    ...{ id: 'backup-6', work: 'SQLite backup, level 6', idKind: 'cuid', rows: 1_000_000 },
    ours: contestant('holdfast backup, level 6', ours, isEqual),
    theirs: contestant('sqlite3 .dump | gzip -6', theirs),
  };
}

function part(name: PartResult['part'], findings: Partial<PartResult>): PartResult {
  const machine = { cpu: 'A', cores: 2, memoryBytes: 8e9, kernel: 'Linux 6', versions: { Node: 'v20' } };
  return { part: name, measured: '2026-01-01T00:00:00.000Z', machine, ...noFindings, ...findings };
}

function size(rows: number, seconds: number, peakBytes: number): SizeResult {
  return {
    ...{ engine: 'sqlite', work: 'backup', rows, allRows: rows, seconds },
    ...{ cpuSeconds: seconds, peakBytes },
  };
}

const judged = { isJudged: true };

describe('statistics', () => {
  it('takes the middle value, or the mean of the two in the middle', () => {
    expect([median([3, 1, 10]), median([4, 1, 2, 10])]).toEqual([3, 3]);
  });

  it('divides pair by pair, so that a slow minute weighs on both', () => {
    expect(medianRatio([1, 10, 1], [2, 20, 2])).toBe(0.5);
    expect(medianRatio([1, 10, 2], [1, 1, 2])).toBe(1);
  });
});

describe('the verdict', () => {
  it('exits 4 when a target is missed, and names it', () => {
    const conclusion = conclude([part('sqlite', { pairs: [pair([6, 6, 6], [10, 10, 10])] })], judged);
    expect(exitCodeOf(conclusion)).toBe(4);
    expect(formatText(conclusion)).toContain(
      'Missed: SQLite backup, level 6, against sqlite3 .dump | gzip -6, on cuid ids, 1,000,000 rows',
    );
    expect(JSON.parse(formatJson(conclusion))).toMatchObject({
      ok: false,
      missed: [{ atMost: 0.5, reached: 0.6 }],
    });
  });

  it('exits 0 at exactly the target', () => {
    expect(exitCodeOf(conclude([part('sqlite', { pairs: [pair([5], [10])] })], judged))).toBe(0);
  });

  it('judges each kind of ids that was measured, the second as the first', () => {
    const parts = (['bigint', 'cuid'] as const).map((idKind, index) =>
      part('sqlite', { pairs: [{ ...pair([4 + 2 * index], [10]), idKind }] }),
    );
    const { verdicts } = conclude(parts, judged);
    expect(verdicts.map(({ on, reached }) => [on, reached])).toEqual([
      ['bigint ids, 1,000,000 rows', 0.4],
      ['cuid ids, 1,000,000 rows', 0.6],
    ]);
  });

  it('does not judge times where it is not asked to', () => {
    const parts = [part('sqlite', { pairs: [pair([6], [10])] })];
    expect(exitCodeOf(conclude(parts, { isJudged: false }))).toBe(0);
  });

  it('exits 2 when an output is not equal to the source, however quick', () => {
    const conclusion = conclude([part('sqlite', { pairs: [pair([1], [10], false)] })], { isJudged: false });
    expect(exitCodeOf(conclusion)).toBe(2);
    expect(formatText(conclusion)).toContain(
      'Not equal to the source: sqlite, cuid ids: holdfast backup, level 6',
    );
  });

  it('holds peak memory against its limit, and ten million rows against one million', () => {
    const sizes = [size(1_000_000, 10, 201e6), size(10_000_000, 100, 220e6)];
    const verdicts = judge([part('memory', { sizes })]).filter(({ reached }) => reached !== null);
    expect(verdicts.map(({ measure, reached }) => [measure, Number(reached!.toFixed(3))])).toEqual([
      ['memory', 201e6],
      ['memory ratio', 1.095],
    ]);
    expect(exitCodeOf(conclude([part('memory', { sizes })], judged))).toBe(4);
  });

  it('finds a row that costs more in a larger database', () => {
    const grows = [size(1_000, 1, 1e6), size(10_000, 13, 1e6)];
    const isFlat = [size(1_000, 1, 1e6), size(10_000, 10, 1e6)];
    const codes = [grows, isFlat].map((sizes) => exitCodeOf(conclude([part('growth', { sizes })], judged)));
    expect(codes).toEqual([4, 0]);
  });
});

describe('RESULTS.md', () => {
  it('shows each target, what was reached, and what was not measured', () => {
    const text = renderResults([part('sqlite', { pairs: [pair([4], [10])] })]);
    const lines = text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' '));
    expect(lines).toContain(
      '| SQLite backup, level 6 | sqlite3 .dump \\| gzip -6 | cuid ids, 1,000,000 rows | 0.50 | 0.40 | reached |',
    );
    expect(lines).toContain('| holdfast --help | node -e 0 | | 2.00 | – | not measured |');
    expect(text).toContain('A, 2 cores, 8.00 GB, Linux 6; Node v20');
  });

  it('shows the least time that the CPU of all stages allows', () => {
    const cost = { seconds: 2, cpuSeconds: 2, serverCpuSeconds: 1 };
    const stages = [{ name: 'hashing', ...cost, bytes: 4e6 }];
    const whole = { seconds: 3, cpuSeconds: 2, serverCpuSeconds: 1 };
    const table = { engine: 'postgres', rows: 1, idKind: 'bigint', work: 'backup', stages, whole } as const;
    const text = renderResults([part('stages', { stages: [table] })]);
    expect(text).toContain('| 2.0 MB/s |');
    expect(text).toContain('keep 2 cores busy for 1.50 s: 50 % of what it took');
  });
});
