import type { MeasuredContestant, Run } from '../measure/alternate.ts';
import { median } from '../measure/statistics.ts';
import { formatBytes, formatCount, formatRatio, formatSeconds, formatTable } from './format.ts';
import { bytesRatio, isMissed, judge, timeRatio, type Verdict } from './judge.ts';
import type { PairResult, PartResult, SizeResult } from './part.ts';
import { renderStages } from './render-stages.ts';

const preface = `# How fast, how small, in how much memory

Written by \`npm run bench\`, which makes its own data and measures again. Each contestant runs as a whole process, by turns
with the one that it is compared with (A B A B), after a warm-up. Times are medians; a ratio is the median of the ratios
pair by pair, ours divided by theirs. CPU and memory are of the processes and their children, without the database
server; memory is the highest sum of what they had at one time. What every backup and restore holds is compared with the
source, by a digest that each database makes of its own rows; the Prisma script's backups are not: only
what it restores, from a smaller one.
What is known of the work whose target is missed is in docs/decisions/0009-what-bounds-the-speed.md.
`;

/** RESULTS.md, from all parts that have been measured. */
export function renderResults(parts: readonly PartResult[]): string {
  const sections = [preface, `## Targets\n\n${renderVerdicts(judge(parts))}`];
  for (const part of parts) sections.push(renderPart(part));
  return `${sections.join('\n').trimEnd()}\n`;
}

export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [
    ...[verdict.work, verdict.against, verdict.on],
    ...[formatMeasure(verdict, verdict.atMost), formatMeasure(verdict, verdict.reached)],
    verdictOf(verdict),
  ]);
  return formatTable(['work', 'against', 'on', 'at most', 'reached', ''], rows);
}

function formatMeasure({ measure }: Verdict, value: number | null): string {
  if (value === null) return '–';
  return measure === 'memory' ? formatBytes(value) : formatRatio(value);
}

function verdictOf(verdict: Verdict): string {
  if (verdict.reached === null) return 'not measured';
  return isMissed(verdict) ? '**missed**' : 'reached';
}

function renderPart(part: PartResult): string {
  const { machine, pairs, sizes, stages } = part;
  const versions = Object.entries(machine.versions).map(([name, version]) =>
    version.startsWith(name) ? version : `${name} ${version}`,
  );
  const where = `${part.measured}, ${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.kernel}; ${versions.join('; ')}`;
  const tables = [
    pairs.length > 0 ? renderPairs(pairs) : '',
    sizes.length > 0 ? renderSizes(sizes) : '',
    ...stages.map((table) => renderStages(table, machine.cores)),
  ];
  const idKinds = [...new Set(pairs.map(({ idKind }) => `, ${idKind} ids`))].join('');
  return `## Part \`${part.part}\`${idKinds}\n\n${where}\n\n${tables.filter(Boolean).join('\n')}`;
}

export function renderPairs(pairs: readonly PairResult[]): string {
  const rows = pairs.flatMap((pair) => {
    const bytes = bytesRatio(pair);
    const on = `${formatCount(pair.rows)}, ${pair.idKind}`;
    return [
      [on, ...describe(pair.ours), formatRatio(timeRatio(pair)), bytes === null ? '' : formatRatio(bytes)],
      ['', ...describe(pair.theirs), '', ''],
    ];
  });
  return formatTable(
    ['rows, ids', 'contestant', 'wall', 'CPU', 'peak memory', 'bytes', 'equal', 'ratio of time', 'of bytes'],
    rows,
  );
}

function describe({ name, runs, isEqual }: MeasuredContestant): string[] {
  const of = (value: (run: Run) => number): number => median(runs.map(value));
  const output = runs.every(({ outputBytes }) => outputBytes !== null);
  return [
    name,
    formatSeconds(of(({ seconds }) => seconds)),
    formatSeconds(of(({ cpuSeconds }) => cpuSeconds)),
    formatBytes(of(({ peakBytes }) => peakBytes)),
    output ? formatBytes(of(({ outputBytes }) => outputBytes ?? 0)) : '',
    isEqual === null ? '' : equality(isEqual),
  ];
}

function equality(isEqual: boolean): string {
  return isEqual ? 'yes' : '**NO**';
}

function renderSizes(sizes: readonly SizeResult[]): string {
  const rows = sizes.map((size) => [
    `${size.engine} ${size.work}`,
    formatCount(size.rows),
    formatSeconds(size.seconds),
    formatSeconds(size.cpuSeconds),
    `${((size.seconds / size.allRows) * 1e6).toFixed(2)} µs`,
    formatBytes(size.peakBytes),
    `${(size.peakBytes / size.allRows).toFixed(1)} B`,
  ]);
  return formatTable(
    ['work', 'orders', 'wall', 'CPU', 'time per row', 'peak memory', 'memory per row'],
    rows,
  );
}
