import type { FaultClass, KeptCases, Shard, Tally, TortureRequest } from '../fault-class.ts';
import type { ClassReport } from './class-report.ts';
import type { KeptResults } from './kept-results.ts';

export interface RunOptions {
  readonly mode: 'quick' | 'full';
  readonly seed: number;
  /** When all classes have to be through, in milliseconds of `Date.now()`. */
  readonly until: number;
  readonly tell: (line: string) => void;
  /** Where results stay; null where they do not. */
  readonly kept: KeptResults | null;
  /** Whether what is kept counts; else classes begin anew. */
  readonly isResumed: boolean;
  /** Null for all cases. */
  readonly shard: Shard | null;
}

const samplesKept = 20;
/** How much of a class's time its cases get; the rest is for the control. */
const runShare = 0.65;

/** Runs the classes one after the other. The time that is left is divided evenly among those that are left. */
export async function runClasses(
  classes: readonly FaultClass[],
  options: RunOptions,
): Promise<readonly ClassReport[]> {
  const reports: ClassReport[] = [];
  for (const [index, one] of classes.entries()) {
    const left = options.until - Date.now();
    const isQuick = options.mode === 'quick';
    const until = isQuick ? Date.now() + left / (classes.length - index) : options.until;
    reports.push(await runClass(one, { ...options, until }));
  }
  return reports;
}

async function runClass(one: FaultClass, options: RunOptions): Promise<ClassReport> {
  const { kept, isResumed } = options;
  if (kept !== null && !isResumed) kept.forget(one.name);
  const former = kept?.readReport(one.name) ?? null;
  if (former !== null) return former;
  const reason = await one.whyNot();
  if (reason !== null) return reportOf(one, { notRun: reason });
  const begun = Date.now();
  const runUntil = options.mode === 'quick' ? begun + runShare * (options.until - begun) : options.until;
  options.tell(`${one.name}: ${one.title}`);
  const run = await part(one, 'run', { ...options, until: runUntil });
  const control = await part(one, 'control', options);
  const seconds = Math.round((Date.now() - begun) / 1000);
  options.tell(
    `${one.name}: ${run.tried} cases and ${control.tried} of the control, ${run.violations.length} violations, ${seconds} s`,
  );
  const report = reportOf(one, { run, control });
  // A run that ended for want of time, and the other shards, go on with the next `--resume`.
  if (Date.now() < options.until && options.shard === null) kept?.keepReport(report);
  return report;
}

async function part(one: FaultClass, name: 'run' | 'control', options: RunOptions): Promise<Tally> {
  const { mode, seed, until, kept, shard } = options;
  const tell = (line: string): void => options.tell(`${one.name}, ${name}: ${line}`);
  const isControl = name === 'control';
  const cases: { kept?: KeptCases } = kept === null ? {} : { kept: kept.openCases(one.name, name) };
  const share: Pick<TortureRequest, 'shard'> = shard === null || isControl ? {} : { shard };
  try {
    return await one[name]({ mode, seed, until, isControl, tell, ...cases, ...share });
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // A control that fails has proved nothing.
    const violations = name === 'run' ? [`the class itself failed: ${text}`] : [];
    options.tell(`${one.name}, ${name}: failed: ${text}`);
    return { tried: 0, fired: 0, violations };
  }
}

function reportOf(
  one: FaultClass,
  result: { readonly notRun: string } | { readonly run: Tally; readonly control: Tally },
): ClassReport {
  if ('notRun' in result) {
    const nothing = { tried: 0, fired: 0, violations: 0, controlViolations: 0, samples: [] };
    return { class: one.name, ...nothing, notRun: result.notRun };
  }
  const { run, control } = result;
  return {
    class: one.name,
    tried: run.tried,
    fired: run.fired,
    violations: run.violations.length,
    controlViolations: control.violations.length,
    notRun: null,
    samples: run.violations.slice(0, samplesKept),
  };
}
